import { describe, expect, it } from 'vitest'
import { expectGood } from '../test/good.ts'
import { KEPT_SEEDS, replayOf, type SimOptions, simulate } from './index.ts'

describe('with up to one guardian twinned, lying or silent, messages lost, delayed and cut off, and crashes', () => {
  it('four guardians never disagree and never get stuck: 2,000 seeds', async () => {
    await expectGood(1, 2_000, { guardians: 4 })
  })

  it('nor in a long storm with much to order', async () => {
    await expectGood(1, 20, { guardians: 4, stormMs: 30_000, offers: 40 })
  })

  it.each(KEPT_SEEDS)('nor in a run that has found a fault before: seed $seed', async ({ seed, options }) => {
    await expectGood(seed, 1, options)
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
