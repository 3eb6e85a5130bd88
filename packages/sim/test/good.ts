import { expect } from 'vitest'
import { runCampaign, type SimOptions } from '../src/index.ts'

/** `BREAKWATER_SEED=17 npx vitest run packages/sim` runs that seed alone. */
const onlySeed = process.env.BREAKWATER_SEED

/** No seed may show a violation or a stall; the message of one that does tells how to see it again. */
export async function expectGood(first: number, count: number, options: SimOptions): Promise<void> {
  const [from, runs] = onlySeed === undefined ? [first, count] : [Number(onlySeed), 1]
  const { firstBad, safetyViolations, stalls } = await runCampaign(from, runs, options)
  const { outcome, replay } = firstBad ?? {}
  expect({ safetyViolations, stalls }, `${replay}: ${JSON.stringify(outcome, null, 2)}`).toEqual({
    safetyViolations: 0,
    stalls: 0,
  })
}
