/**
 * The model checker of npm's solc, which has Z3 inside. Its bounded engine follows every path of a function to its
 * end; properties are functions without loops and without state, so that is all there is to look at, and a proof.
 * It knows no refinement of what it cannot follow: that is left open, and then nothing is proved.
 */
import { spawn } from 'node:child_process'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Property, readVerdict, type Verdict } from './properties.ts'

/** The text of a source by its path relative to contracts/. @throws Error when there is none. */
export type ReadSource = (path: string) => string

const SECONDS_MAX = 120
const OPENZEPPELIN = '@openzeppelin/contracts/utils/math/'
const COMPILER = fileURLToPath(new URL('./solc.mjs', import.meta.url))

const running = new Set<ReturnType<typeof spawn>>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** In a process of its own, because a proof that is not found is searched for without end. */
export async function prove({ path, name }: Property, readSource: ReadSource): Promise<Verdict> {
  const modelChecker = {
    engine: 'bmc',
    contracts: { [path]: [name] },
    targets: ['assert'],
    showProvedSafe: true,
    showUnproved: true,
    showUnsupported: true,
    // Anything else, and the targets beside assertions, need a thread, which WebAssembly does not have.
    timeout: 0,
  }
  const settings = { modelChecker, outputSelection: { '*': { '': ['ast'] } } }
  const request = { language: 'Solidity', sources: closureOf(path, readSource), settings }
  const child = spawn(process.execPath, [COMPILER, '--standard-json'], { stdio: ['pipe', 'pipe', 'inherit'] })
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

type Sources = Record<string, { content: string }>

/** A source and all that it imports, by the names under which they import each other. */
function closureOf(path: string, readSource: ReadSource, found: Sources = {}): Sources {
  if (path in found) return found
  // What OpenZeppelin's libraries mean, in words that the model checker understands.
  const isMath = path.startsWith(OPENZEPPELIN)
  const content = readSource(isMath ? `proofs/model/${path.slice(OPENZEPPELIN.length)}` : path)
  found[path] = { content }
  for (const [, name = ''] of content.matchAll(/^import [^;]*?"([^"]+)";/gm)) {
    closureOf(name.startsWith('.') ? posix.join(posix.dirname(path), name) : name, readSource, found)
  }
  return found
}
