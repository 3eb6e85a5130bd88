/**
 * What the contracts and the TypeScript side must agree on: `node --import tsx scripts/vectors.ts COMMAND`
 *
 *   write   writes contracts/test/vectors/{action,heartbeat,certificate,group,evidence}.json from the TypeScript side
 *   check   fails when a committed file differs
 *
 * Forge's tests read the files and judge every case in Solidity. All keys are the hashes of words.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { actionVectors, heartbeatVectors } from './vectors/action.ts'
import { certificateVectors } from './vectors/certificate.ts'
import { evidenceVectors } from './vectors/evidence.ts'
import { groupVectors } from './vectors/group.ts'

export const VECTORS = fileURLToPath(new URL('../contracts/test/vectors/', import.meta.url))

/** The files by name. */
export function vectorFiles(): ReadonlyMap<string, string> {
  const vectors = {
    action: actionVectors(),
    heartbeat: heartbeatVectors(),
    certificate: certificateVectors(),
    group: groupVectors(),
    evidence: evidenceVectors(),
  }
  // Numbers as strings: they have up to 256 bits.
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  return new Map(
    Object.entries(vectors).map(([name, value]) => [`${name}.json`, `${JSON.stringify(value, plain, 2)}\n`]),
  )
}

function main(command: string | undefined): void {
  if (command === 'write') {
    for (const [name, text] of vectorFiles()) writeFileSync(`${VECTORS}${name}`, text)
  } else if (command === 'check') {
    for (const [name, text] of vectorFiles()) {
      if (readFileSync(`${VECTORS}${name}`, 'utf8') === text) continue
      process.stderr.write(
        `vectors: ${name} differs: run node --import tsx scripts/vectors.ts write and commit it\n`,
      )
      process.exitCode = 1
    }
  } else {
    process.stderr.write('usage: node --import tsx scripts/vectors.ts write | check\n')
    process.exitCode = 2
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2])
