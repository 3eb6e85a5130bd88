import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../test/clock.ts'
import { createProgress } from './progress.ts'

describe('progress', () => {
  it('is stalled after three heartbeats without a finalized block, and told once each way', async () => {
    const clock = createVirtualClock(5000)
    const told: { isStalled: boolean; sinceMs: number }[] = []
    const progress = createProgress(1000, clock, (change) => change && told.push(change))
    progress.start()
    await clock.pass(3000)
    expect(progress.isStalled()).toBe(false)
    await clock.pass(250)
    expect(progress.isStalled()).toBe(true)
    await clock.pass(10_000)
    progress.moved()
    await clock.pass(250)
    expect(progress.isStalled()).toBe(false)
    expect(told).toEqual([
      { isStalled: true, sinceMs: 5000 },
      { isStalled: false, sinceMs: 18_250 },
    ])
    progress.stop()
    expect(clock.waiting()).toBe(0)
  })

  it('is not stalled while blocks come', async () => {
    const clock = createVirtualClock()
    const progress = createProgress(1000, clock, (change) => expect(change).toBeNull())
    progress.start()
    for (let i = 0; i < 10; i++) {
      await clock.pass(2900)
      progress.moved()
    }
    expect(progress.isStalled()).toBe(false)
    progress.stop()
  })
})
