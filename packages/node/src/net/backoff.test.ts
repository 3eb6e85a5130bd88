import { createSeededRng } from '@breakwater/kernel'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backoffMs } from './backoff.ts'

const limits = { firstMs: 250, mostMs: 5000 }

it('dials at once, then waits twice as long each time, up to a bound, and never for long the same', () => {
  const longest = [0, 250, 500, 1000, 2000, 4000, 5000, 5000]
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const rng = createSeededRng(seed)
      for (const [attempt, fullMs] of longest.entries()) {
        const ms = backoffMs(attempt, limits, rng)
        expect(ms).toBeGreaterThanOrEqual(fullMs / 2)
        expect(ms).toBeLessThanOrEqual(fullMs)
      }
      expect(backoffMs(5000, limits, rng)).toBeLessThanOrEqual(limits.mostMs)
    }),
  )
  const rng = createSeededRng(1)
  expect(new Set(Array.from({ length: 20 }, () => backoffMs(6, limits, rng))).size).toBeGreaterThan(15)
})
