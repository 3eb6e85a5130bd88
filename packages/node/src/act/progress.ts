import type { Clock } from '@breakwater/kernel'

/** Whether guardians still order anything. */
export interface Progress {
  start(): void
  /** A block was finalized. */
  moved(): void
  isStalled(): boolean
  stop(): void
}

/** Heartbeats without a finalized block after which too few guardians answer. */
const STALLED_HEARTBEATS = 3

/** @param onLook called again and again, with when the last block was finalized if that changed what is to be said */
export function createProgress(
  heartbeatMs: number,
  clock: Clock,
  onLook: (change: { isStalled: boolean; sinceMs: number } | null) => void,
): Progress {
  let movedAtMs = clock.nowMs()
  let isStalled = false
  let cancel = () => {}
  const look = () => {
    const isSilent = clock.nowMs() - movedAtMs > STALLED_HEARTBEATS * heartbeatMs
    const hasChanged = isSilent !== isStalled
    isStalled = isSilent
    onLook(hasChanged ? { isStalled, sinceMs: movedAtMs } : null)
    cancel = clock.schedule(heartbeatMs / 4, look)
  }
  return {
    start: look,
    moved() {
      movedAtMs = clock.nowMs()
    },
    isStalled: () => isStalled,
    stop: () => cancel(),
  }
}
