import { describe, expect, it } from 'vitest'
import { expectGood, freshSeed } from '../test/good.ts'
import {
  isBad,
  KEPT_SEEDS,
  type Outcome,
  type Partition,
  replayOf,
  runCampaign,
  type Scenario,
  type SimOptions,
  simulate,
} from './index.ts'

/** Fresh ones each time: what a run on one machine does not find, one on another may. */
const BATCHES = Array.from({ length: 10 }, (_, index) => ({
  batch: index + 1,
  seeds: 500,
  first: freshSeed(500),
}))

/**
 * Messages lost, delayed, repeated and cut off, clocks set, crashes with what the disk has of the log, and up to f
 * guardians twinned, lying, silent or with a disk that loses votes.
 */
describe('whatever happens, four, seven and ten guardians never disagree and never get stuck', () => {
  it.each(BATCHES)('batch $batch of 10: $seeds seeds from $first on', async ({ first, seeds }) => {
    await expectGood(first, seeds, {})
  })

  it('nor in a long storm with much to order', async () => {
    await expectGood(freshSeed(20), 20, { guardians: 4, stormMs: 30_000, offers: 40 })
  })

  it.each(KEPT_SEEDS)('nor in a run that has found a fault before: seed $seed', async ({ seed, options }) => {
    await expectGood(seed, 1, options)
  })

  it('one, two and three guardians neither', async () => {
    for (const guardians of [1, 2, 3]) await expectGood(freshSeed(100), 100, { guardians })
  })

  it('nor with real signatures', async () => {
    for (const guardians of [1, 4]) await expectGood(freshSeed(20), 20, { guardians, realSignatures: true })
  })
})

describe('a partition that lasts', () => {
  const stormMs = 20_000
  /** Blocks at the end of a storm, of which at least a tenth is over. */
  const blocksOf = async (partition: Partition): Promise<number[]> => {
    const blocks: number[] = []
    const scenario: Scenario = { guardians: 4, faults: [], partition, stormMs, offers: 0, patienceMs: 0 }
    const onOutcome = (outcome: Outcome) => void blocks.push(outcome.blocks)
    await runCampaign({ first: 1, seeds: 20, scenario, onOutcome })
    return blocks
  }

  it('of two and two lets neither half go on', async () => {
    expect(Math.max(...(await blocksOf('halves')))).toBe(0)
  })

  it('of three and one lets the three go on', async () => {
    expect(Math.max(...(await blocksOf('one')))).toBeGreaterThan(0)
  })
})

describe('a campaign', () => {
  it('tells the first bad seed of many, whichever thread came upon it', async () => {
    const scenario: Scenario = {
      guardians: 4,
      faults: ['twins', 'twins'],
      partition: 'halves',
      stormMs: 15_000,
    }
    const bad: number[] = []
    const onOutcome = (outcome: Outcome) => void (isBad(outcome) && bad.push(outcome.seed))
    const campaign = await runCampaign({ first: 1, seeds: 20, scenario, threads: 2, onOutcome })
    expect(campaign.safetyViolations + campaign.stalls).toBe(bad.length)
    expect(campaign.firstBadSeed).toBe(Math.min(...bad))
    expect(campaign.firstBad?.outcome).toEqual(await simulate(campaign.firstBadSeed ?? 0, scenario))
  })

  it('says which seed the simulator itself failed at', async () => {
    const scenario: Scenario = { guardians: 0 }
    await expect(runCampaign({ first: 7, seeds: 1, scenario })).rejects.toMatchObject({
      code: 'SIM_BROKEN',
      meta: { seed: 7 },
    })
  })
})

describe('a run', () => {
  it('is the same for the same seed and options', async () => {
    const options: SimOptions = { guardians: 4, faults: ['liar'] }
    expect(await simulate(5, options)).toEqual(await simulate(5, options))
    expect(await simulate(5, options)).not.toEqual(await simulate(6, options))
  })

  it('says how to see it again', () => {
    const run = { seed: 5, guardians: 7 } as Outcome
    expect(replayOf(run, {})).toBe('npx breakwater sim --seeds 1 --first 5 --guardians 7')
    expect(replayOf(run, { guardians: 7 })).toBe(replayOf(run, {}))
    expect(replayOf(run, { faults: ['liar'] })).toBe('simulate(5, {"guardians":7,"faults":["liar"]})')
  })

  it('does not pass unnoticed when more than f guardians are silent: nothing gets ordered', async () => {
    const outcome = await simulate(1, { guardians: 4, faults: ['silent', 'silent'], patienceMs: 20_000 })
    expect(outcome).toMatchObject({ violations: [], blocks: 0 })
    expect(outcome.stalls).not.toEqual([])
  })
})

describe('pace', () => {
  const HEARTBEAT_MS = 2_000

  it.each([
    ['with nothing to order', [], 0],
    ['with a liar who says all kinds of things out of turn', ['liar'], 0],
    ['with offers that only some guardians believe in', [], 4],
    ['with such offers and a liar', ['liar'], 4],
    ['with such offers and twins', ['twins'], 4],
  ] as const)('%s is the heartbeat’s', async (_name, faults, offers) => {
    const idleMs = 200_000
    for (const seed of [1, 2, 3]) {
      const outcome = await simulate(seed, { guardians: 4, faults, offers, stormMs: 1_000, idleMs })
      expect(outcome.violations).toEqual([])
      expect(outcome.views).toBeLessThan(1.2 * (idleMs / HEARTBEAT_MS) + 20)
      expect(outcome.views).toBeGreaterThan(0.5 * (idleMs / HEARTBEAT_MS))
    }
  })
})
