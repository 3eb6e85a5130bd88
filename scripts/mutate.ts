/**
 * How many small faults the contracts' tests notice: `node --import tsx scripts/mutate.ts`
 *
 *   --sample N     this many mutants, drawn by the seed, instead of all
 *   --seed S       which ones (default 1)
 *   --only TEXT    only mutants whose key contains this: a file, a function, or one that survived
 *   --jobs N       copies of the contracts tested at the same time (default 2)
 *   --list         prints the mutants and ends
 *   --json         one JSON object a line: each mutant, then the score
 *
 * Exit code 1 when less than 95 % are killed. What survives and cannot be killed stands in contracts/mutants.json with
 * its reason; it is neither tested nor counted, and its number is printed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CONTRACTS } from './forge.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { drawMutants } from './sample.ts'
import { filesUnder, openWorkspace, type Target, type Trial } from './trial.ts'

/** What is mutated: the parts whose failure loses money. */
const TARGETS: readonly Target[] = [
  { sources: 'src/breaker/', tests: 'test/breaker/' },
  { sources: 'src/guardians/', tests: 'test/guardians/' },
  { sources: 'src/inline/', tests: 'test/inline/' },
  { sources: 'src/govern/ParameterSteward', tests: 'test/govern/ParameterSteward' },
  { sources: 'src/insure/', tests: 'test/insure/' },
]
const REQUIRED_SHARE = 0.95

interface Job {
  readonly mutant: Mutant
  readonly target: Target
}
interface Result extends Job {
  readonly trial: Trial
}

const say = (text: string) => process.stderr.write(`mutate: ${text}\n`)

function fail(message: string): never {
  say(message)
  process.exit(2)
}

function readFlags() {
  const { values } = parseArgs({
    options: {
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      jobs: { type: 'string', default: '2' },
      list: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const whole = (name: string, text: string) =>
    /^[0-9]{1,9}$/.test(text) ? Number(text) : fail(`--${name} ${text}: a whole number is needed`)
  return {
    ...values,
    sample: values.sample === undefined ? undefined : whole('sample', values.sample),
    seed: whole('seed', values.seed),
    jobs: Math.max(1, whole('jobs', values.jobs)),
  }
}

function listJobs(only: string): Job[] {
  return TARGETS.flatMap((target) =>
    filesUnder(target.sources, '.sol')
      .flatMap((file) => mutantsOf(file, readFileSync(join(CONTRACTS, file), 'utf8')))
      .filter(({ key }) => key.includes(only))
      .map((mutant) => ({ mutant, target })),
  )
}

/** Tests all of `jobs`; each workspace keeps to its end of the list, so that it compiles a file's tests once. */
async function tryAll(
  jobs: readonly Job[],
  count: number,
  onResult: (result: Result) => void,
): Promise<void> {
  const queue = [...jobs].sort((a, b) => (a.mutant.key < b.mutant.key ? -1 : 1))
  const workspaces = Array.from({ length: Math.min(count, queue.length) }, openWorkspace)
  const closeAll = () => {
    for (const workspace of workspaces) workspace.close()
  }
  const onSignal = () => {
    closeAll()
    process.exit(130)
  }
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    await Promise.all(
      workspaces.map(async (workspace, index) => {
        for (;;) {
          const job = index % 2 === 0 ? queue.shift() : queue.pop()
          if (job === undefined) return
          onResult({ ...job, trial: await workspace.test(job.mutant, job.target) })
        }
      }),
    )
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    closeAll()
  }
}

/** Mutants that do not compile say nothing, so others are drawn for them. */
async function tryMutants(jobs: readonly Job[], flags: ReturnType<typeof readFlags>): Promise<Result[]> {
  const { sample, seed, json } = flags
  const drawn = sample === undefined ? [...jobs] : drawMutants(jobs, seed)
  const wanted = Math.min(sample ?? jobs.length, drawn.length)
  const results: Result[] = []
  const counted = () => results.filter(({ trial }) => trial.outcome !== 'not compiled').length
  const onResult = (result: Result) => {
    results.push(result)
    const { mutant, trial } = result
    say(`${trial.outcome.padEnd(12)} ${String(trial.seconds).padStart(6)} s  ${mutant.key}`)
    if (json) print({ ...mutant, ...trial })
  }
  for (let batch = wanted; batch > 0 && drawn.length > 0; ) {
    await tryAll(drawn.splice(0, batch), flags.jobs, onResult)
    batch = sample === undefined ? 0 : wanted - counted()
  }
  return results
}

const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

function report(results: readonly Result[], reasoned: number, flags: ReturnType<typeof readFlags>): number {
  const count = (...outcomes: string[]) =>
    results.filter(({ trial }) => outcomes.includes(trial.outcome)).length
  const [killed, survived] = [count('killed', 'stuck'), count('survived')]
  const share = killed / Math.max(1, killed + survived)
  const score = {
    mutants: results.length,
    killed,
    survived,
    notCompiled: count('not compiled'),
    reasoned,
    score: Math.round(share * 10_000) / 10_000,
    ...(flags.sample === undefined ? {} : { seed: flags.seed }),
  }
  if (flags.json) print(score)
  else {
    for (const { mutant, trial } of results) {
      if (trial.outcome === 'survived') process.stdout.write(`survived  line ${mutant.line}: ${mutant.key}\n`)
    }
    process.stdout.write(
      `${killed} of ${killed + survived} killed (${(100 * share).toFixed(1)} %), ${score.notCompiled} did not ` +
        `compile, ${reasoned} left out with a reason` +
        `${flags.sample === undefined ? '' : `, seed ${flags.seed}`}\n`,
    )
  }
  return share >= REQUIRED_SHARE ? 0 : 1
}

async function main(): Promise<void> {
  const flags = readFlags()
  const reasons: Record<string, string> = JSON.parse(readFileSync(join(CONTRACTS, 'mutants.json'), 'utf8'))
  const all = listJobs(flags.only)
  const jobs = all.filter(({ mutant }) => !(mutant.key in reasons))
  if (jobs.length === 0) fail(`no mutant has ${flags.only} in its key`)
  const keys = new Set(all.map(({ mutant }) => mutant.key))
  const stale = Object.keys(reasons).filter((key) => key.includes(flags.only) && !keys.has(key))
  if (flags.only === '' && stale.length > 0) {
    fail(`contracts/mutants.json names what is not there any more:\n  ${stale.join('\n  ')}`)
  }
  if (flags.list) {
    for (const { mutant } of jobs) {
      if (flags.json) print(mutant)
      else process.stdout.write(`${mutant.operator.padEnd(20)} ${mutant.key}\n`)
    }
    say(`${jobs.length} mutants, ${all.length - jobs.length} more left out with a reason`)
    return
  }
  const results = await tryMutants(jobs, flags)
  process.exitCode = report(results, all.length - jobs.length, flags)
}

await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)))
