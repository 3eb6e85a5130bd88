import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBucket } from './bucket.ts'

describe('a bucket', () => {
  it('gives one second at once, then the rate', () => {
    const bucket = createBucket(100, 0)
    bucket.take(99, 0)
    expect(bucket.waitMs(0)).toBe(0)
    bucket.take(1, 0)
    expect(bucket.waitMs(0)).toBeGreaterThan(0)
    expect(bucket.waitMs(20)).toBe(0)
  })

  it('lends what one message needs, and waits until it is repaid', () => {
    const bucket = createBucket(100, 0)
    bucket.take(300, 0)
    expect(bucket.waitMs(0)).toBe(2001)
    expect(bucket.waitMs(1999)).toBe(2)
    expect(bucket.waitMs(2001)).toBe(0)
  })

  it('never holds more than one second', () => {
    const bucket = createBucket(100, 0)
    bucket.take(100, 3_600_000)
    expect(bucket.waitMs(3_600_000)).toBeGreaterThan(0)
  })

  it('gives nothing when the clock is set back, and goes on from there', () => {
    const bucket = createBucket(100, 10_000)
    bucket.take(101, 10_000)
    expect(bucket.waitMs(0)).toBe(11)
    expect(bucket.waitMs(11)).toBe(0)
  })

  it('lets pass no more than the rate, one second, and the last amount, whatever is asked for and when', () => {
    const steps = fc.array(fc.record({ ms: fc.nat(500), amount: fc.nat(400) }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (asked) => {
        const bucket = createBucket(1000, 0)
        let [nowMs, passed, largest] = [0, 0, 0]
        for (const { ms, amount } of asked) {
          nowMs += ms
          if (bucket.waitMs(nowMs) > 0) continue
          bucket.take(amount, nowMs)
          passed += amount
          largest = Math.max(largest, amount)
        }
        expect(passed).toBeLessThanOrEqual(nowMs + 1000 + largest)
      }),
    )
  })
})
