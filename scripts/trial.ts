/** A copy of the contracts in which one mutant after the other is compiled and tested. */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
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

/** One copy: does one thing at a time. */
export interface Workspace {
  /** @throws Error when the tests fail without a mutant, or forge does. */
  test(mutant: Mutant, target: Target): Promise<Trial>
  close(): void
}

/** A stage of tests that takes longer than this does not end. */
const STAGE_SECONDS_MAX = 300

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
  // What code costs is tested with the optimizer only.
  const all = filesUnder(tests, '.t.sol').filter((path) => !path.endsWith('.gas.t.sol'))
  const isStateful = (path: string) => path.endsWith('.invariant.t.sol')
  const isOwn = (path: string) => basename(path).startsWith(`${basename(file, '.sol')}.`)
  return [
    all.filter((path) => isOwn(path) && !isStateful(path)),
    all.filter((path) => !isOwn(path) && !isStateful(path)),
    all.filter(isStateful),
  ].filter((stage) => stage.length > 0)
}

/** @throws Error when forge is not installed. */
export function openWorkspace(): Workspace {
  const binary = forgeBinary()
  const home = mkdtempSync(join(tmpdir(), 'breakwater-mutants-'))
  const root = join(home, 'contracts')
  for (const name of ['src', 'examples', 'test', 'proofs', 'foundry.toml']) {
    cpSync(join(CONTRACTS, name), join(root, name), { recursive: true })
  }
  for (const name of ['node_modules', 'scripts']) {
    symlinkSync(join(dirname(CONTRACTS.replace(/[\\/]$/, '')), name), join(home, name), 'junction')
  }
  /** Targets whose tests were seen to pass here. */
  const sound = new Set<Target>()
  let stop = () => {}
  const run = async (paths: readonly string[]): Promise<Outcome> => {
    const glob = paths.length === 1 ? String(paths[0]) : `{${paths.join(',')}}`
    const running = runForge(binary, root, ['test', '--fail-fast', '-j', '1', '--match-path', glob])
    stop = running.stop
    return running.outcome
  }
  const runStages = async (file: string, target: Target): Promise<Outcome> => {
    for (const stage of stagesOf(file, target)) {
      const outcome = await run(stage)
      if (outcome !== 'survived') return outcome
    }
    return 'survived'
  }
  return {
    async test(mutant, target) {
      const { file } = mutant
      if (!sound.has(target)) {
        const outcome = await runStages(file, target)
        if (outcome !== 'survived') throw new Error(`${target.tests} without a mutant: ${outcome}`)
        sound.add(target)
      }
      const path = join(root, file)
      const source = readFileSync(path, 'utf8')
      const startMs = performance.now()
      try {
        writeFileSync(path, applyMutant(source, mutant))
        const outcome = await runStages(file, target)
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
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      const read = timedOut ? 'stuck' : readOutcome(code, output)
      if (read === null)
        reject(new Error(`forge ${args.join(' ')} ended with ${code}:\n${output.slice(-2000)}`))
      else resolve(read)
    })
  })
  return { outcome, stop }
}

/** `null` for an end that says nothing about the mutant, such as a compiler that ran out of memory. */
export function readOutcome(code: number | null, output: string): Outcome | null {
  if (code === 0) return /\b0 failed\b/.test(output) ? 'survived' : null
  if (/Compiler run failed/.test(output)) return 'not compiled'
  return /\[FAIL/.test(output) ? 'killed' : null
}
