import type { Clock } from '@breakwater/kernel'
import type { World } from './world.ts'

/** A machine's clock. It runs slow or fast, and is set forward or back; timers follow it, which is the worst they can do. */
export interface MachineClock extends Clock {
  /** Set forward, timers that are due by then run at once; set back, all wait for so much longer. */
  jump(byMs: number): void
}

interface Timer {
  readonly dueMs: number
  readonly task: () => void
}

export function createMachineClock(world: World): MachineClock {
  /** How long its millisecond lasts: up to 5 % too short or too long. */
  const lasts = 0.95 + world.rng.next() * 0.1
  const timers = new Set<Timer>()
  let setMs = 0
  let jumps = 0
  const nowMs = (): number => world.nowMs() / lasts + setMs
  const arm = (timer: Timer): void => {
    const armed = jumps
    world.after(Math.max(0, timer.dueMs - nowMs()) * lasts, () => {
      if (armed === jumps && timers.delete(timer)) timer.task()
    })
  }
  const schedule = (delayMs: number, task: () => void): (() => void) => {
    const timer = { dueMs: nowMs() + delayMs, task }
    timers.add(timer)
    arm(timer)
    return () => void timers.delete(timer)
  }
  return {
    nowMs,
    schedule,
    sleep: (delayMs) => new Promise((resolve) => schedule(delayMs, resolve)),
    jump(byMs) {
      setMs += byMs
      jumps++
      for (const timer of timers) arm(timer)
    },
  }
}
