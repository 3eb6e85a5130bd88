import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../test/clock.ts'
import { createLoop } from './loop.ts'

describe('loop', () => {
  it('takes one round at a time, and one more when it was poked meanwhile', async () => {
    const clock = createVirtualClock()
    let [running, rounds, most] = [0, 0, 0]
    const loop = createLoop(
      async () => {
        most = Math.max(most, ++running)
        rounds++
        await clock.sleep(100)
        running--
        return null
      },
      clock,
      () => {},
    )
    for (let i = 0; i < 5; i++) loop.poke()
    await clock.pass(1000)
    expect([rounds, most]).toEqual([2, 1])
    await loop.stop()
  })

  it('comes back after the delay that a round asks for, and not after its stop', async () => {
    const clock = createVirtualClock()
    const at: number[] = []
    const loop = createLoop(
      async () => {
        at.push(clock.nowMs())
        return 500
      },
      clock,
      () => {},
    )
    loop.poke()
    await clock.pass(1200)
    await loop.stop()
    loop.poke()
    await clock.pass(5000)
    expect(at).toEqual([0, 500, 1000])
    expect(clock.waiting()).toBe(0)
  })

  it('tells of a round that fails, and tries again', async () => {
    const clock = createVirtualClock()
    const errors: unknown[] = []
    let rounds = 0
    const loop = createLoop(
      async () => {
        if (rounds++ === 0) throw new Error('down')
        return null
      },
      clock,
      (error) => errors.push(error),
    )
    loop.poke()
    await clock.pass(1000)
    expect([rounds, errors]).toEqual([2, [new Error('down')]])
    await loop.stop()
  })
})
