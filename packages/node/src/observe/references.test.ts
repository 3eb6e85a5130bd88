import { type Clock, known, unknown } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createReferences, median } from './references.ts'
import { type PriceSource, parsePriceE8 } from './source.ts'

const at = (priceE8: bigint, atMs = 0) => ({ priceE8, atMs })

describe('reference price', () => {
  it('is the median, whatever one of three sources says', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 20n }), (lie) => {
        const result = median([at(100_000n), at(lie), at(101_000n)], 2)
        expect(result.ok && result.value.priceE8 >= 100_000n && result.value.priceE8 <= 101_000n).toBe(true)
      }),
    )
  })

  it('is blind with too few sources, and with two that contradict each other', () => {
    expect(median([], 2)).toEqual(unknown('blind'))
    expect(median([at(100n)], 2)).toEqual(unknown('blind'))
    expect(median([at(100_000n), at(101_001n)], 2)).toEqual(unknown('blind'))
    expect(median([at(100_000n, 5), at(101_000n, 3)], 2)).toEqual(
      known({ priceE8: 100_500n, sources: 2, atMs: 3 }),
    )
  })

  it('forgets answers that are too old, and reports sources that fail', async () => {
    let nowMs = 1000
    let wake = () => {}
    const clock: Clock = {
      nowMs: () => nowMs,
      schedule: () => () => {},
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          wake = resolve
          signal?.addEventListener('abort', () => resolve())
        }),
    }
    let broken = false
    const source = (name: string, priceE8: bigint): PriceSource => ({
      name,
      asset: 'BTC',
      read: async () => {
        if (broken) throw new Error('down')
        return priceE8
      },
    })
    const errors: string[] = []
    const references = createReferences(
      [source('a', 10n), source('b', 10n), source('c', 10n)],
      clock,
      (s) => errors.push(s.name),
      {
        maxAgeMs: 500,
      },
    )
    expect(references.prices().get('BTC')).toEqual(unknown('blind'))
    references.start()
    await new Promise(setImmediate)
    expect(references.prices().get('BTC')).toEqual(known({ priceE8: 10n, sources: 3, atMs: 1000 }))
    broken = true
    wake()
    await new Promise(setImmediate)
    expect(errors).toEqual(['c'])
    nowMs = 1501
    expect(references.prices().get('BTC')).toEqual(unknown('blind'))
    await references.stop()
  })
})

describe('parsePriceE8', () => {
  it.each([
    ['65000.5', 6_500_050_000_000n],
    [65000.5, 6_500_050_000_000n],
    ['0.000000019', 1n],
    ['0', null],
    ['-1', null],
    ['1e5', null],
    [Number.NaN, null],
    [null, null],
    ['', null],
    ['9'.repeat(30), null],
  ])('reads %s as %s', (value, expected) => expect(parsePriceE8(value)).toBe(expected))
})
