import { randomInt } from 'node:crypto'
import { expect } from 'vitest'
import { MAX_SEED, runCampaign, type Scenario } from '../src/index.ts'

/** Seeds that nobody has run before. */
export function freshSeed(seeds: number): number {
  return randomInt(MAX_SEED - seeds + 2)
}

/** No seed may show a violation or a stall; the message of one that does tells how to see it again. */
export async function expectGood(first: number, seeds: number, scenario: Partial<Scenario>): Promise<void> {
  const { firstBad, safetyViolations, stalls } = await runCampaign({ first, seeds, scenario })
  const { outcome, replay } = firstBad ?? {}
  expect({ safetyViolations, stalls }, `${replay}: ${JSON.stringify(outcome, null, 2)}`).toEqual({
    safetyViolations: 0,
    stalls: 0,
  })
}
