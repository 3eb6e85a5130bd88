import { createSeededRng } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreed, FAULTS, hold, sessionOf } from '../../test/ceremony.ts'

describe('key generation', () => {
  it('with up to f faults of any kind, ends for all honest alike, within f + 1 attempts', () => {
    const faults = fc.constantFrom(...Object.values(FAULTS).map(([, act]) => act))
    const cases = fc.record({
      faulty: fc.uniqueArray(fc.tuple(fc.nat({ max: 6 }), faults), {
        selector: ([who]) => who,
        maxLength: 2,
      }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(cases, ({ faulty, seed }) => {
        const rng = createSeededRng(seed)
        // Each block takes two thirds of what there is, at random: who is unlucky waits for the next one.
        const { group, shares, status } = agreed(
          hold({
            session: sessionOf(7, { roundBlocks: 30n }),
            faults: new Map(faulty),
            arrange: (messages) =>
              messages
                .filter(() => rng.next() < 0.66)
                .toSorted((a, b) => a.message.length - b.message.length),
          }),
        )
        expect(status?.phase).toBe('done')
        expect(status?.attempt).toBeLessThanOrEqual(2)
        const honest = [0, 1, 2, 3, 4, 5, 6].filter((guardian) => faulty.every(([who]) => who !== guardian))
        expect(group?.members).toEqual(expect.arrayContaining(honest))
        expect(shares.map(({ self }) => self)).toEqual(expect.arrayContaining(honest))
      }),
      { numRuns: 12 },
    )
  })
})
