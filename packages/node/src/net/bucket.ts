/**
 * A token bucket that lends: what has come in is taken, even below zero, and nothing more is let in before it is repaid.
 * So one message larger than the bucket still passes, and the long-term rate holds.
 */
export interface Bucket {
  take(amount: number, nowMs: number): void
  /** Until something may be taken; 0: now. */
  waitMs(nowMs: number): number
}

/** Full at first, and never holds more than one second's worth. */
export function createBucket(perSecond: number, startMs: number): Bucket {
  let tokens = perSecond
  let atMs = startMs
  /** A clock that is set back gives nothing, and takes nothing away. */
  const refill = (nowMs: number) => {
    tokens = Math.min(perSecond, tokens + (Math.max(0, nowMs - atMs) * perSecond) / 1000)
    atMs = nowMs
  }
  return {
    take(amount, nowMs) {
      refill(nowMs)
      tokens -= amount
    },
    waitMs(nowMs) {
      refill(nowMs)
      return tokens > 0 ? 0 : Math.floor((-tokens * 1000) / perSecond) + 1
    },
  }
}
