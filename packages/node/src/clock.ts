import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock, Rng } from '@breakwater/kernel'

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
  async sleep(delayMs, signal) {
    await wait(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => {})
  },
}

/** The operating system's randomness. */
export const systemRng: Rng = {
  next: () => randomBytes(4).readUInt32BE() / 2 ** 32,
  bytes: (count) => new Uint8Array(randomBytes(count)),
}
