/**
 * Proves the arithmetic of the brake, the limiter and the steward: `node --import tsx scripts/proofs.ts`
 *
 *   --only TEXT   only properties whose name contains this
 *   --json        one JSON object a line
 *
 * Each contract in contracts/proofs/*.proof.sol is one property: for all arguments that its requirements allow, no
 * assertion in it fails. Its `@notice` says what that means. Exit code 1 unless each is proved, or has a reason why it
 * cannot be in contracts/proofs/unproved.json.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CONTRACTS } from './forge.ts'
import { type Property, propertiesOf } from './properties.ts'
import { prove } from './prover.ts'

const readSource = (path: string): string => readFileSync(join(CONTRACTS, path), 'utf8')

function listProperties(): Property[] {
  return readdirSync(join(CONTRACTS, 'proofs'))
    .filter((file) => file.endsWith('.proof.sol'))
    .sort()
    .flatMap((file) => propertiesOf(`proofs/${file}`, readSource(`proofs/${file}`)))
}

/** Whether the outcome is one that the project stands by. */
async function settle(property: Property, reason: string | undefined, json: boolean): Promise<boolean> {
  const startMs = performance.now()
  const { verdict, detail } = await prove(property, readSource)
  const seconds = Math.round((performance.now() - startMs) / 100) / 10
  // A reason that is not needed any more is as wrong as one that is missing.
  const isFine = verdict === (reason === undefined ? 'proved' : 'unproved')
  const { name, meaning } = property
  if (json) {
    process.stdout.write(`${JSON.stringify({ name, verdict, seconds, meaning, detail, reason })}\n`)
    return isFine
  }
  const lines = [`${isFine ? '✓' : '✗'} ${verdict.padEnd(14)} ${seconds.toFixed(1)} s  ${name}: ${meaning}`]
  if (detail !== '') lines.push(detail.replace(/^/gm, '    '))
  if (reason !== undefined) lines.push(`    why not: ${reason}`)
  process.stdout.write(`${lines.join('\n')}\n`)
  return isFine
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: { only: { type: 'string', default: '' }, json: { type: 'boolean', default: false } },
  })
  const reasons: Record<string, string> = JSON.parse(readSource('proofs/unproved.json'))
  const all = listProperties()
  const unknown = Object.keys(reasons).filter((reason) => !all.some(({ name }) => name === reason))
  const queue = all.filter(({ name }) => name.includes(flags.only))
  if (unknown.length > 0 || queue.length === 0) {
    process.stderr.write(`proofs: there is no property ${unknown[0] ?? flags.only}\n`)
    process.exit(2)
  }
  let failures = 0
  const work = async () => {
    for (let property = queue.shift(); property !== undefined; property = queue.shift()) {
      if (!(await settle(property, reasons[property.name], flags.json))) failures += 1
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work))
  process.exitCode = failures === 0 ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
await main()
