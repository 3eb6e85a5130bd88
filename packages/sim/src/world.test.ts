import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld } from './world.ts'

describe('virtual time', () => {
  it('runs tasks by time, and in the order of their making when at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 20 })), async (delays) => {
        const world = createWorld(1)
        const ran: [number, number][] = []
        for (const [index, delayMs] of delays.entries()) {
          world.after(delayMs, () => void ran.push([world.nowMs(), index]))
        }
        await world.run(100, () => false)
        const expected = delays.map((delayMs, index): [number, number] => [delayMs, index])
        expect(ran).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j))
      }),
    )
  })

  it('stops at the end or when all is done, and goes on from there', async () => {
    const world = createWorld(1)
    const ran: number[] = []
    for (const delayMs of [1, 2, 3, 4, 5]) world.after(delayMs, () => void ran.push(delayMs))
    await world.run(100, () => ran.length === 2)
    expect(ran).toEqual([1, 2])
    await world.run(4, () => false)
    expect([world.nowMs(), ran.length]).toEqual([4, 4])
    await world.run(100, () => false)
    expect(ran).toEqual([1, 2, 3, 4, 5])
  })
})
