import { describe, expect, it } from 'vitest'
import { KEPT_SEEDS, replayOf, runCampaign, type SimOptions, simulate } from './index.ts'

/** `BREAKWATER_SEED=17 npx vitest run packages/sim` runs that seed alone. */
const onlySeed = process.env.BREAKWATER_SEED

function expectGood(first: number, count: number, options: SimOptions): void {
  const [from, runs] = onlySeed === undefined ? [first, count] : [Number(onlySeed), 1]
  const { firstBad, safetyViolations, stalls } = runCampaign(from, runs, options)
  const { outcome, replay } = firstBad ?? {}
  expect({ safetyViolations, stalls }, `${replay}: ${JSON.stringify(outcome, null, 2)}`).toEqual({
    safetyViolations: 0,
    stalls: 0,
  })
}

describe('with up to f guardians twinned, lying or silent, messages lost, delayed and cut off, and crashes', () => {
  it('four guardians never disagree and never get stuck: 2,000 seeds', () => {
    expectGood(1, 2_000, { guardians: 4 })
  })

  it('seven guardians neither: 500 seeds', () => {
    expectGood(1, 500, { guardians: 7 })
  })

  it('one, two, three and ten guardians neither', () => {
    for (const guardians of [1, 2, 3]) expectGood(1, 50, { guardians })
    expectGood(1, 20, { guardians: 10 })
  })

  it('nor with real signatures and encoded messages: 20 seeds', () => {
    expectGood(1, 20, { guardians: 4, realSignatures: true, encoded: true })
  })

  it('nor in a long storm with much to order', () => {
    expectGood(1, 20, { guardians: 4, stormMs: 30_000, offers: 40 })
  })

  it.each(KEPT_SEEDS)('nor in a run that has found a fault before: seed $seed', ({ seed, options }) => {
    expectGood(seed, 1, options)
  })
})

describe('a run', () => {
  it('is the same for the same seed and options', () => {
    const options: SimOptions = { guardians: 4, faults: ['liar'] }
    expect(simulate(5, options)).toEqual(simulate(5, options))
    expect(simulate(5, options)).not.toEqual(simulate(6, options))
  })

  it('is the same whether messages are encoded or not', () => {
    expect(simulate(8, { guardians: 4, encoded: true })).toEqual(simulate(8, { guardians: 4 }))
  })

  it('says how to see it again', () => {
    expect(replayOf(5, { guardians: 4, faults: ['liar'], rules: { quorum: () => 2 } })).toBe(
      'simulate(5, {"guardians":4,"faults":["liar"]}) with its own quorum',
    )
  })

  it('does not pass unnoticed when more than f guardians are silent: nothing gets ordered', () => {
    const outcome = simulate(1, { guardians: 4, faults: ['silent', 'silent'], patienceMs: 20_000 })
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
  ] as const)('%s is the heartbeat’s', (_name, faults, offers) => {
    const idleMs = 200_000
    for (const seed of [1, 2, 3]) {
      const outcome = simulate(seed, { guardians: 4, faults, offers, stormMs: 1_000, idleMs })
      expect(outcome.violations).toEqual([])
      expect(outcome.views).toBeLessThan(1.2 * (idleMs / HEARTBEAT_MS) + 20)
      expect(outcome.views).toBeGreaterThan(0.5 * (idleMs / HEARTBEAT_MS))
    }
  })
})
