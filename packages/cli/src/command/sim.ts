import { randomInt } from 'node:crypto'
import { Command, Option } from 'commander'
import { EXIT, type Terminal, usageError } from '../terminal.ts'
import { wholeNumber } from './wholeNumber.ts'

interface Flags {
  json?: boolean
  seeds: string
  first?: string
  guardians?: string
}

/** The whole simulator, for this command alone: no other one waits for it to load. */
const loadSim = () => import('@breakwater/sim')

type Campaign = Awaited<ReturnType<Awaited<ReturnType<typeof loadSim>>['runCampaign']>>

/** More than this many guardians take too long to simulate to be of use. */
const MAX_GUARDIANS = 31

/** `breakwater sim`: guardians' consensus in worlds where everything goes wrong, one for each seed. */
export function simCommand(terminal: Terminal, load = loadSim): Command {
  return new Command('sim')
    .description('Simulate guardians in networks, on disks and among liars as bad as a seed can make them')
    .addOption(new Option('--seeds <n>', 'how many runs').default('1000'))
    .addOption(new Option('--first <seed>', 'the first seed; without it, one that nobody has seen before'))
    .addOption(new Option('--guardians <n>', 'how many; without it, the seed chooses four, seven or ten'))
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample: breakwater sim --seeds 100000')
    .action((flags: Flags) => run(terminal, flags, load))
}

async function run(terminal: Terminal, flags: Flags, load: typeof loadSim): Promise<void> {
  const { isBad, MAX_SEED, runCampaign } = await load()
  const { first, seeds, scenario } = readFlags(flags, MAX_SEED)
  let [done, bad] = [0, 0]
  const { firstBad, ...result } = await runCampaign({
    ...{ first, seeds, scenario },
    onOutcome(outcome) {
      done++
      if (isBad(outcome)) bad++
      terminal.progress(`sim: ${done} of ${seeds} seeds from ${first} on, ${bad} bad …`)
    },
  })
  if (flags.json) terminal.json(result)
  else {
    const { safetyViolations, stalls } = result
    const mark = firstBad === null ? terminal.color.green('✓') : terminal.color.red('✗')
    terminal.print(
      `${mark} seeds ${first} to ${first + seeds - 1}: ${safetyViolations} violate safety, ${stalls} stall`,
    )
  }
  if (firstBad === null) return
  describe(terminal, firstBad)
  process.exitCode = EXIT.failed
}

/** @throws CLI_USAGE */
function readFlags(flags: Flags, maxSeed: number) {
  const seeds = wholeNumber('--seeds', flags.seeds, 1)
  const last = maxSeed - seeds + 1
  if (last < 0) throw usageError(`--seeds is "${flags.seeds}"`, `there are ${maxSeed + 1} seeds in all`)
  const first = flags.first === undefined ? randomInt(last + 1) : wholeNumber('--first', flags.first, 0)
  if (first > last) throw usageError(`--first is "${flags.first}"`, `the last seed of all is ${maxSeed}`)
  if (flags.guardians === undefined) return { first, seeds, scenario: {} }
  const guardians = wholeNumber('--guardians', flags.guardians, 1)
  if (guardians <= MAX_GUARDIANS) return { first, seeds, scenario: { guardians } }
  throw usageError(`--guardians is "${flags.guardians}"`, `give at most ${MAX_GUARDIANS}`)
}

function describe(terminal: Terminal, { outcome, replay }: NonNullable<Campaign['firstBad']>): void {
  const { seed, guardians: count, faulty, violations, stalls } = outcome
  const faults = faulty.map(({ guardian, fault }) => `${guardian} (${fault})`).join(', ') || 'none'
  terminal.note(`seed ${seed}, ${count} guardians, faulty: ${faults}`)
  for (const what of violations) terminal.note(`  ${what}`)
  for (const what of stalls) terminal.note(`  stalled: ${what}`)
  terminal.note(`again: ${replay}`)
}
