import type { Clock } from '@breakwater/kernel'

export interface Loop {
  /** Something may be there to do. */
  poke(): void
  /** Resolves when the round that is under way has ended; there is no further one. */
  stop(): Promise<void>
}

const RETRY_MS = 1000

/** Runs `round` whenever poked, and when the delay in ms that it answered is over; one round at a time. */
export function createLoop(
  round: () => Promise<number | null>,
  clock: Clock,
  onError: (error: unknown) => void,
): Loop {
  let running: Promise<void> | null = null
  let again = false
  let stopped = false
  let cancel = () => {}
  const run = async () => {
    while (again && !stopped) {
      again = false
      cancel()
      const delayMs = await round().catch((error) => {
        onError(error)
        return RETRY_MS
      })
      if (delayMs !== null && !stopped) cancel = clock.schedule(delayMs, poke)
    }
    running = null
  }
  const poke = () => {
    again = true
    running ??= run()
  }
  return {
    poke,
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}
