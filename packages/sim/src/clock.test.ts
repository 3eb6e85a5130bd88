import { describe, expect, it } from 'vitest'
import { createMachineClock } from './clock.ts'
import { createWorld } from './world.ts'

/** When, in the world's time, a timer of ten seconds runs. */
async function ranAt(
  disturb: (clock: ReturnType<typeof createMachineClock>) => void,
): Promise<number | null> {
  const world = createWorld(7)
  const clock = createMachineClock(world)
  let atMs: number | null = null
  clock.schedule(10_000, () => {
    atMs = world.nowMs()
  })
  world.after(1_000, () => disturb(clock))
  await world.run(100_000, () => false)
  return atMs
}

describe('a machine’s clock', () => {
  it('runs at a rate of its own, near the world’s', async () => {
    const atMs = await ranAt(() => {})
    expect(atMs).not.toBe(10_000)
    expect(Math.abs((atMs ?? 0) / 10_000 - 1)).toBeLessThan(0.06)
  })

  it('set forward makes timers run at once, set back makes them wait', async () => {
    expect(await ranAt((clock) => clock.jump(30_000))).toBe(1_000)
    const undisturbedMs = (await ranAt(() => {})) ?? 0
    const rate = 10_000 / undisturbedMs
    expect(await ranAt((clock) => clock.jump(-30_000))).toBeCloseTo(undisturbedMs + 30_000 / rate, 6)
  })

  it('does not run what was cancelled', async () => {
    const world = createWorld(7)
    const clock = createMachineClock(world)
    let ran = 0
    clock.schedule(10, () => ran++)()
    clock.schedule(10, () => ran++)
    await world.run(100, () => false)
    expect(ran).toBe(1)
  })
})
