/** Runs a model of models/ at random, with Quint's own simulator on Node: nothing is downloaded. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const CLI = join(root, 'node_modules/@informalsystems/quint/dist/src/cli.js')

export interface ModelRun {
  /** Of models/. */
  readonly file: string
  readonly module: string
  readonly invariant: string
  /** At most so many traces. */
  readonly samples: number
  readonly steps: number
}

export interface ModelOutcome {
  /** `failed`: it could not be run. */
  readonly verdict: 'kept' | 'broken' | 'failed'
  /** What Quint says: the trace that breaks the invariant, and the seed that shows it again. */
  readonly detail: string
}

export function runModel({ file, module, invariant, samples, steps }: ModelRun): Promise<ModelOutcome> {
  const words = [CLI, 'run', join('models', file), '--backend=typescript', `--main=${module}`]
  words.push(`--invariant=${invariant}`, `--max-samples=${samples}`, `--max-steps=${steps}`)
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 2 ** 24 }
    execFile(process.execPath, words, options, (_error, out, complaints) => {
      const detail = `${out}${complaints}`.trim()
      resolve({ verdict: readVerdict(out), detail })
    })
  })
}

/** The exit code tells a broken invariant from a kept one, but not from a model that has a mistake. */
function readVerdict(out: string): ModelOutcome['verdict'] {
  if (/^\[ok\]/m.test(out)) return 'kept'
  return /^\[violation\]/m.test(out) ? 'broken' : 'failed'
}
