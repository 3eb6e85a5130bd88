import { availableParallelism } from 'node:os'
import type { Outcome, Scenario } from './options.ts'
import { createSquad, type Order } from './squad.ts'

export interface CampaignOptions {
  readonly first: number
  readonly seeds: number
  /** Without a number of guardians, the seed decides it. */
  readonly scenario: Partial<Scenario>
  /** Threads. Default: one for each core. */
  readonly threads?: number
  /** After each run; they end in any order. */
  onOutcome?(outcome: Outcome): void
}

export interface Campaign {
  readonly seeds: number
  readonly safetyViolations: number
  readonly stalls: number
  readonly firstBadSeed: number | null
  /** The first bad run, with what is needed to see it again. */
  readonly firstBad: { readonly outcome: Outcome; readonly replay: string } | null
}

const SIZES = [4, 4, 4, 7, 7, 10] as const

/** How many guardians take part where nobody says. */
export function sizeOf(seed: number): number {
  return SIZES[seed % SIZES.length] ?? SIZES[0]
}

export function isBad({ violations, stalls }: Outcome): boolean {
  return violations.length + stalls.length > 0
}

/** A seed is an unsigned 32-bit number. */
export const MAX_SEED = 2 ** 32 - 1

/** Runs `seeds` seeds from `first` on, on all cores. @throws SIM_BROKEN when a run fails by itself. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { seeds, scenario, threads = availableParallelism(), onOutcome } = options
  let [safetyViolations, stalls] = [0, 0]
  const bad: { first: Outcome | null } = { first: null }
  const squad = createSquad(Math.min(threads, seeds))
  try {
    await squad.run(listOrders(options), (outcome) => {
      if (outcome.violations.length > 0) safetyViolations++
      if (outcome.stalls.length > 0) stalls++
      if (isBad(outcome) && (bad.first === null || outcome.seed < bad.first.seed)) bad.first = outcome
      onOutcome?.(outcome)
    })
  } finally {
    await squad.end()
  }
  const { first } = bad
  return {
    ...{ seeds, safetyViolations, stalls },
    firstBadSeed: first?.seed ?? null,
    firstBad: first && { outcome: first, replay: replayOf(first, scenario) },
  }
}

function* listOrders({ first, seeds, scenario }: CampaignOptions): Generator<Order, undefined> {
  for (let seed = first; seed < first + seeds; seed++) {
    yield { seed, scenario: { ...scenario, guardians: scenario.guardians ?? sizeOf(seed) } }
  }
}

/** What shows the same run again: the command, or the call where the command has no words for it. */
export function replayOf({ seed, guardians }: Outcome, scenario: Partial<Scenario>): string {
  const { guardians: _count, ...rest } = scenario
  return Object.keys(rest).length === 0
    ? `npx breakwater sim --seeds 1 --first ${seed} --guardians ${guardians}`
    : `simulate(${seed}, ${JSON.stringify({ guardians, ...rest })})`
}
