/**
 * Runs the models of models/ at random: `node --import tsx scripts/models.ts`
 *
 * The protocol must keep its invariants; with one rule less, it must not: a model in which nothing can go wrong
 * proves nothing. Seeds are fresh each time. Exit code 1 unless all is as it must be; what Quint says is shown then.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type ModelRun, runModel } from './quint.ts'

interface Expectation extends Pick<ModelRun, 'module' | 'invariant' | 'samples'> {
  readonly verdict: 'kept' | 'broken'
  readonly meaning: string
}

const FILE = 'simplex.qnt'
const STEPS = 30
/** A mutant is found in a few hundred traces at most. */
const PLENTY = 10_000

const mutant = (module: string, meaning: string): Expectation => ({
  ...{ module, meaning },
  ...{ invariant: 'agreement', samples: PLENTY, verdict: 'broken' },
})

const EXPECTATIONS: readonly Expectation[] = [
  {
    ...{ module: 'protocol', invariant: 'safety', samples: 2_000, verdict: 'kept' },
    meaning: 'guardians agree, and no honest one convicts itself',
  },
  {
    ...{ module: 'protocol', invariant: 'nothingHappens', samples: PLENTY, verdict: 'broken' },
    meaning: 'blocks become final, also over a view that was nullified',
  },
  {
    ...{ module: 'twoFaulty', invariant: 'honestAreClean', samples: 300, verdict: 'kept' },
    meaning: 'no honest guardian convicts itself, however many are faulty',
  },
  mutant('twoFaulty', 'more faulty guardians than f split the log'),
  mutant('quorumOneLess', 'so does a quorum of one vote less'),
  mutant('notarizesTwice', 'so do guardians who notarize twice in a view'),
  mutant('nullifiesFinalized', 'so do guardians who nullify what they have finalized'),
  mutant('finalizesNullified', 'so do guardians who finalize what they have nullified'),
  mutant('standsOnAnything', 'so do blocks on a parent that was not notarized'),
  mutant('goesAround', 'so do blocks that go around a view which was not nullified'),
  mutant('forgets', 'so do guardians who forget their votes'),
]

/** A model that nobody runs is as wrong as one that fails. */
function listForgotten(): readonly string[] {
  const text = readFileSync(new URL(`../models/${FILE}`, import.meta.url), 'utf8')
  const modules = [...text.matchAll(/^module (\w+) \{ import/gm)].map((match) => match[1] ?? '')
  return modules.filter((name) => !EXPECTATIONS.some(({ module }) => module === name))
}

async function settle(expectation: Expectation): Promise<boolean> {
  const { module, invariant, samples, meaning } = expectation
  const startMs = performance.now()
  const { verdict, detail } = await runModel({ file: FILE, module, invariant, samples, steps: STEPS })
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  const isFine = verdict === expectation.verdict
  process.stdout.write(`${isFine ? '✓' : '✗'} ${verdict.padEnd(6)} ${seconds} s  ${module}: ${meaning}\n`)
  if (!isFine) process.stdout.write(`${detail.replace(/^/gm, '    ')}\n`)
  return isFine
}

async function main(): Promise<void> {
  const forgotten = listForgotten()
  for (const name of forgotten) process.stdout.write(`✗ module ${name} of ${FILE} is not run\n`)
  let failures = forgotten.length
  const queue = [...EXPECTATIONS]
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (!(await settle(next))) failures += 1
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work))
  process.exitCode = failures === 0 ? 0 : 1
}

await main()
