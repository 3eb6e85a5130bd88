/**
 * A token bucket that lends: what has come in is taken, even below zero, and nothing more is let in before it is repaid.
 * So one message larger than the bucket still passes, and the long-term rate holds.
 */
export interface Bucket {
  take(amount: number, nowMs: number): void
  /** Until something may be taken; 0: now. */
  waitMs(nowMs: number): number
}

/** Full at first, and never holds more than one second's worth. `perSecond`: a whole number, as all amounts. */
export function createBucket(perSecond: number, startMs: number): Bucket {
  /** In thousandths, so that a millisecond is worth a whole number. */
  let credit = perSecond * 1000
  let atMs = startMs
  /** A clock that is set back gives nothing, and takes nothing away. */
  const refill = (nowMs: number) => {
    credit = Math.min(perSecond * 1000, credit + Math.max(0, nowMs - atMs) * perSecond)
    atMs = nowMs
  }
  return {
    take(amount, nowMs) {
      refill(nowMs)
      credit -= amount * 1000
    },
    waitMs(nowMs) {
      refill(nowMs)
      return credit > 0 ? 0 : Math.floor(-credit / perSecond) + 1
    },
  }
}
