import type { Outcome, SimOptions } from './options.ts'
import { simulate } from './simulate.ts'

export interface Campaign {
  readonly seeds: number
  readonly safetyViolations: number
  readonly stalls: number
  readonly firstBadSeed: number | null
  /** The first bad run, with what is needed to see it again. */
  readonly firstBad: { readonly outcome: Outcome; readonly replay: string } | null
}

/** Runs `count` seeds from `first` on. */
export async function runCampaign(first: number, count: number, options: SimOptions): Promise<Campaign> {
  let safetyViolations = 0
  let stalls = 0
  let bad: Outcome | null = null
  for (let seed = first; seed < first + count; seed++) {
    const outcome = await simulate(seed, options)
    if (outcome.violations.length > 0) safetyViolations++
    if (outcome.stalls.length > 0) stalls++
    if (outcome.violations.length + outcome.stalls.length > 0) bad ??= outcome
  }
  return {
    seeds: count,
    safetyViolations,
    stalls,
    firstBadSeed: bad?.seed ?? null,
    firstBad: bad === null ? null : { outcome: bad, replay: replayOf(bad.seed, options) },
  }
}

/** The call that shows the same run again. */
export function replayOf(seed: number, options: SimOptions): string {
  const { rules, ...plain } = options
  const broken = rules === undefined ? '' : ` with its own ${Object.keys(rules).join(', ')}`
  return `simulate(${seed}, ${JSON.stringify(plain)})${broken}`
}
