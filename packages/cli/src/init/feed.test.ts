import { toWord } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guessHeartbeat, reportTimes, roundCalls } from './feed.ts'

/** When a feed reported, from the gaps between its reports. */
const newestFirst = (...gaps: readonly number[]) => {
  const times = [2_000_000_000n]
  for (const gap of gaps) times.push((times.at(-1) ?? 0n) - BigInt(gap))
  return times
}

describe('heartbeat', () => {
  it.each([
    ['a steady feed', [60, 61, 60], 60],
    ['one that reports when the price moves, and after an hour at the latest', [300, 3_612, 12, 900], 3_600],
    ['one between the usual', [4_000], 7_200],
    ['one that reports daily', [86_400, 86_412], 86_400],
    ['one of a local chain', [1, 2, 1], 10],
  ])('of %s', (_what, gaps, seconds) => {
    expect(guessHeartbeat(newestFirst(...gaps))).toMatchObject({ seconds, from: 'rounds' })
  })

  it.each([
    ['without reports', []],
    ['with one', [5n]],
    ['with two at once', [5n, 5n]],
  ])('of a feed %s is not known', (_what, times: readonly bigint[]) => {
    expect(guessHeartbeat(times)).toMatchObject({ seconds: 86_400, from: 'unknown' })
  })

  it('never calls late what was seen, as far as a week', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 7 * 86_400 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(gaps, (seconds) => {
        const guess = guessHeartbeat(newestFirst(...seconds))
        expect(guess.longestSeconds).toBe(Math.max(...seconds))
        // A feed is late after one and a half heartbeats.
        expect(guess.seconds * 1.5).toBeGreaterThan(guess.longestSeconds)
      }),
    )
  })
})

describe('rounds', () => {
  it('go back within the phase of a proxy, and not below the first', () => {
    const address = `0x${'11'.repeat(20)}` as const
    const phase = 5n << 64n
    const ids = (roundId: bigint) =>
      roundCalls(address, roundId).map(({ data }) => BigInt(`0x${data.slice(10)}`))
    expect(ids(phase + 3n)).toEqual([phase + 3n, phase + 2n, phase + 1n])
    expect(ids(100n)).toHaveLength(40)
    expect(ids(phase)).toEqual([])
  })

  it('end at the first that the feed no longer has', () => {
    const round = (updatedAt: bigint) =>
      `0x${[1n, 2n, 3n, updatedAt, 1n].map((word) => toWord(word).slice(2)).join('')}` as const
    expect(reportTimes([round(9n), round(8n), null, round(7n)])).toEqual([9n, 8n])
    expect(reportTimes([round(9n), round(0n), round(7n)])).toEqual([9n])
    expect(reportTimes([round(9n), '0x'])).toEqual([9n])
  })
})
