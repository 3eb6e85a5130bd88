/**
 * Proves the arithmetic of the brake, the limiter and the steward with the model checker of npm's solc, which has Z3
 * inside: `node --import tsx scripts/proofs.ts [--only TEXT] [--json]`
 *
 * Each contract in contracts/proofs/*.proof.sol is one property: for all arguments that its requirements allow, no
 * assertion in it fails and nothing in it overflows. Its `@notice` says what that means; `@custom:engine` names the
 * engine where it is not CHC. Exit code 1 unless each is proved, or named with a reason in contracts/proofs/unproved.json.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CONTRACTS } from './forge.ts'
import { type Property, propertiesOf, readVerdict, type Verdict } from './properties.ts'

const SECONDS_MAX = 120
const OPENZEPPELIN = '@openzeppelin/contracts/utils/math/'

/** What OpenZeppelin's libraries mean, in words that the model checker understands. */
const modelOf = (path: string): string =>
  path.startsWith(OPENZEPPELIN) ? `proofs/model/${path.slice(OPENZEPPELIN.length)}` : path

function readSource(path: string): string {
  const file = join(CONTRACTS, modelOf(path))
  if (!existsSync(file)) throw new Error(`${path} has no model at contracts/${modelOf(path)}`)
  return readFileSync(file, 'utf8')
}

/** A source and all that it imports, by the names under which they import each other. */
function closureOf(path: string, found: Record<string, { content: string }> = {}) {
  if (path in found) return found
  const content = readSource(path)
  found[path] = { content }
  for (const [, name = ''] of content.matchAll(/^import [^;]*?"([^"]+)";/gm)) {
    closureOf(name.startsWith('.') ? posix.join(posix.dirname(path), name) : name, found)
  }
  return found
}

/** The compiler in a process of its own, because a proof that is not found is searched for without end. */
async function prove({ path, name, engine }: Property): Promise<Verdict> {
  const modelChecker = {
    engine,
    contracts: { [path]: [name] },
    targets: ['assert', 'underflow', 'overflow', 'divByZero'],
    showProvedSafe: true,
    showUnproved: true,
    showUnsupported: true,
    // Anything else needs a thread, which the compiler in WebAssembly does not have.
    timeout: 0,
  }
  const request = {
    language: 'Solidity',
    sources: closureOf(path),
    settings: { modelChecker, outputSelection: { '*': { '': ['ast'] } } },
  }
  const compiler = fileURLToPath(new URL('./solc.mjs', import.meta.url))
  const child = spawn(process.execPath, [compiler, '--standard-json'], {
    cwd: dirname(compiler),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  running.add(child)
  let answer = ''
  child.stdout.on('data', (chunk: Buffer) => {
    answer += chunk.toString()
  })
  child.stdin.end(JSON.stringify(request))
  const timer = setTimeout(() => child.kill('SIGKILL'), SECONDS_MAX * 1000)
  const signal = await new Promise<string | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (_code, by) => resolve(by))
  })
  clearTimeout(timer)
  running.delete(child)
  if (signal !== null) return { verdict: 'unproved', detail: `not decided within ${SECONDS_MAX} s` }
  return readVerdict(JSON.parse(answer).errors ?? [])
}

const running = new Set<ReturnType<typeof spawn>>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

function listProperties(only: string): Property[] {
  return readdirSync(join(CONTRACTS, 'proofs'))
    .filter((file) => file.endsWith('.proof.sol'))
    .sort()
    .flatMap((file) => propertiesOf(`proofs/${file}`, readSource(`proofs/${file}`)))
    .filter(({ name }) => name.includes(only))
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: { only: { type: 'string', default: '' }, json: { type: 'boolean', default: false } },
  })
  const reasons: Record<string, string> = JSON.parse(readSource('proofs/unproved.json'))
  const queue = listProperties(flags.only)
  const unknown = Object.keys(reasons).filter(
    (name) => !listProperties('').some((item) => item.name === name),
  )
  if (unknown.length > 0 || queue.length === 0) {
    process.stderr.write(`proofs: there is no property ${[...unknown, flags.only].join(', ')}\n`)
    process.exit(2)
  }
  let failures = 0
  const work = async () => {
    for (let property = queue.shift(); property !== undefined; property = queue.shift()) {
      const startMs = performance.now()
      const { verdict, detail } = await prove(property)
      const seconds = Math.round((performance.now() - startMs) / 100) / 10
      const reason = reasons[property.name]
      // A reason that is not needed any more is as wrong as one that is missing.
      const isFine = reason === undefined ? verdict === 'proved' : verdict === 'unproved'
      if (!isFine) failures += 1
      const { name, engine, meaning } = property
      if (flags.json)
        process.stdout.write(
          `${JSON.stringify({ name, verdict, seconds, engine, meaning, detail, reason })}\n`,
        )
      else {
        process.stdout.write(
          `${isFine ? '✓' : '✗'} ${verdict.padEnd(14)} ${seconds.toFixed(1).padStart(6)} s  ${name}: ${meaning}\n`,
        )
        if (detail !== '') process.stdout.write(`${detail.replace(/^/gm, '    ')}\n`)
        if (reason !== undefined) process.stdout.write(`    why not: ${reason}\n`)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work))
  process.exitCode = failures === 0 ? 0 : 1
}

await main()
