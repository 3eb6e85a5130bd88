/** Copies of the contracts in which one mutant after the other is compiled and tested. */
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import { CONTRACTS, forgeBinary } from './forge.ts'
import { applyMutant, type Mutant } from './mutants.ts'

/** Sources, and the tests that mirror them: folders, or the beginning of a file's name. */
export interface Target {
  readonly sources: string
  readonly tests: string
}

/** `stuck`: a test did not end, which counts as killed. */
export type Outcome = 'killed' | 'stuck' | 'survived' | 'not compiled'

export interface Trial {
  readonly outcome: Outcome
  readonly seconds: number
}

/** Does one thing at a time. */
export interface Workspace {
  /** @throws Error when the tests fail without a mutant, or forge does. */
  test(mutant: Mutant, target: Target): Promise<Trial>
  close(): void
}

/** Tests of what code costs; mutants are compiled without the optimizer. */
const GAS_TESTS = { file: '.gas.t.sol', test: 'GasLimit|[0-9]Gas|IsCheap' }
/** A stage of tests that takes longer than this does not end. */
const STAGE_SECONDS_MAX = 300
/** Characters of forge's last words in an error. */
const OUTPUT_KEPT = 2000

/** Paths of the contracts' files that begin with `prefix` and end with `suffix`, relative to contracts/, sorted. */
export function filesUnder(prefix: string, suffix: string): string[] {
  const [top = ''] = prefix.split('/')
  return readdirSync(join(CONTRACTS, top), { recursive: true, encoding: 'utf8' })
    .map((path) => `${top}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.startsWith(prefix) && path.endsWith(suffix))
    .sort()
}

/**
 * The tests of a target in the order in which they find something soonest: those that bear the source's name, the
 * other examples and fuzz tests, the stateful ones. A stage compiles only what it needs.
 */
export function stagesOf(file: string, { tests }: Target): string[][] {
  const all = filesUnder(tests, '.t.sol').filter((path) => !path.endsWith(GAS_TESTS.file))
  const isStateful = (path: string) => path.endsWith('.invariant.t.sol')
  const isOwn = (path: string) => basename(path).startsWith(`${basename(file, '.sol')}.`)
  return [
    all.filter((path) => isOwn(path) && !isStateful(path)),
    all.filter((path) => !isOwn(path) && !isStateful(path)),
    all.filter(isStateful),
  ].filter((stage) => stage.length > 0)
}

/** These files and all of ours that they import, directly or not. */
export function withImports(paths: readonly string[]): string[] {
  const found = new Set<string>()
  const add = (path: string) => {
    if (found.has(path)) return
    found.add(path)
    const source = readFileSync(join(CONTRACTS, path), 'utf8')
    for (const [, imported = ''] of source.matchAll(/\bfrom "(\.[^"]*)"|^import "(\.[^"]*)"/gm)) {
      add(posix.join(posix.dirname(path), imported))
    }
  }
  for (const path of paths) add(path)
  return [...found].sort()
}

/** A copy of a target, its tests and what they need: forge parses everything below a root before each run. */
function copyFor({ sources, tests }: Target, home: string): string {
  const place = mkdtempSync(join(home, 'target-'))
  const root = join(place, 'contracts')
  for (const path of withImports([...filesUnder(sources, '.sol'), ...filesUnder(tests, '.t.sol')])) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(join(CONTRACTS, path), join(root, path))
  }
  for (const name of ['test/vectors', 'foundry.toml']) {
    cpSync(join(CONTRACTS, name), join(root, name), { recursive: true })
  }
  for (const name of ['node_modules', 'scripts']) {
    symlinkSync(join(dirname(CONTRACTS.replace(/[\\/]$/, '')), name), join(place, name), 'junction')
  }
  return root
}

/** @throws Error when forge is not installed. */
export function openWorkspace(): Workspace {
  const binary = forgeBinary()
  const home = mkdtempSync(join(tmpdir(), 'breakwater-mutants-'))
  /** Copies for targets whose tests were seen to pass in them. */
  const sound = new Map<Target, string>()
  let stop = () => {}
  let lastOutput = ''
  const run = async (root: string, paths: readonly string[]): Promise<Outcome> => {
    const glob = paths.length === 1 ? String(paths[0]) : `{${paths.join(',')}}`
    const filter = ['--no-match-test', GAS_TESTS.test, '--match-path', glob]
    const running = runForge(binary, root, ['test', '--fail-fast', '-j', '1', ...filter])
    stop = running.stop
    const { outcome, output } = await running.ended
    lastOutput = output.slice(-OUTPUT_KEPT)
    return outcome
  }
  const runStages = async (root: string, file: string, target: Target): Promise<Outcome> => {
    for (const stage of stagesOf(file, target)) {
      const outcome = await run(root, stage)
      if (outcome !== 'survived') return outcome
    }
    return 'survived'
  }
  const soundCopy = async (file: string, target: Target): Promise<string> => {
    const root = copyFor(target, home)
    const outcome = await runStages(root, file, target)
    if (outcome === 'survived') return root
    throw new Error(
      `${target.tests} without a mutant: ${outcome}. Is it about gas (GAS_TESTS)?\n${lastOutput}`,
    )
  }
  return {
    async test(mutant, target) {
      const { file } = mutant
      const root = sound.get(target) ?? (await soundCopy(file, target))
      sound.set(target, root)
      const path = join(root, file)
      const source = readFileSync(path, 'utf8')
      const startMs = performance.now()
      try {
        writeFileSync(path, applyMutant(source, mutant))
        const outcome = await runStages(root, file, target)
        return { outcome, seconds: Math.round((performance.now() - startMs) / 100) / 10 }
      } finally {
        writeFileSync(path, source)
      }
    },
    close() {
      stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Forge in a process group of its own, so that the compiler that it starts ends with it. */
function runForge(binary: string, cwd: string, args: readonly string[]) {
  const env = { ...process.env, FOUNDRY_PROFILE: 'mutation' }
  const child = spawn(binary, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const listen = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  let timedOut = false
  const stop = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      child.kill('SIGKILL')
    }
  }
  const timer = setTimeout(() => {
    timedOut = true
    stop()
  }, STAGE_SECONDS_MAX * 1000)
  const ended = new Promise<{ outcome: Outcome; output: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      const outcome = timedOut ? 'stuck' : readOutcome(code, output)
      if (outcome !== null) resolve({ outcome, output })
      else reject(new Error(`forge ${args.join(' ')} ended with ${code}:\n${output.slice(-OUTPUT_KEPT)}`))
    })
  })
  return { ended, stop }
}

/** `null` for an end that says nothing about the mutant, such as a compiler that ran out of memory. */
export function readOutcome(code: number | null, output: string): Outcome | null {
  if (code === 0) return /\b0 failed\b/.test(output) ? 'survived' : null
  if (/Compiler run failed/.test(output)) return 'not compiled'
  return /\[FAIL/.test(output) ? 'killed' : null
}
