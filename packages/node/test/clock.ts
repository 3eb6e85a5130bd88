import type { Clock } from '@breakwater/kernel'

export interface VirtualClock extends Clock {
  /** Lets so much time pass, and everything that was due in it happen. */
  pass(ms: number): Promise<void>
  /** How many timers wait. */
  waiting(): number
}

/** A clock that stands still until it is told how far to go. */
export function createVirtualClock(startMs = 0): VirtualClock {
  let nowMs = startMs
  const timers = new Set<{ atMs: number; fire(): void }>()
  const schedule = (delayMs: number, fire: () => void) => {
    const timer = { atMs: nowMs + delayMs, fire }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  return {
    nowMs: () => nowMs,
    schedule,
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const cancel = schedule(delayMs, resolve)
        signal?.addEventListener('abort', () => {
          cancel()
          resolve()
        })
      }),
    async pass(ms) {
      const endMs = nowMs + ms
      for (;;) {
        await new Promise<void>((resolve) => setImmediate(resolve))
        const [next] = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)
        if (next === undefined) break
        timers.delete(next)
        nowMs = next.atMs
        next.fire()
      }
      nowMs = endMs
    },
    waiting: () => timers.size,
  }
}
