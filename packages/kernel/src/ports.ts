/** What the layers below `node` need of the world. `node` gives the real ones, `sim` deterministic ones. */

export interface Clock {
  /** Milliseconds since 1970. Decides blindness and timeouts, never what a block means. */
  nowMs(): number
  /** Runs `task` once after `delayMs`; returns what cancels it. */
  schedule(delayMs: number, task: () => void): () => void
  /** Resolves after `delayMs`, or at once when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

export interface Rng {
  /** Uniform in [0, 1). */
  next(): number
  bytes(count: number): Uint8Array
}

/** The other guardians. Delivery is best effort: loss, delay, duplication and reordering are the core's business. */
export interface Net {
  send(to: number, message: Uint8Array): void
  broadcast(message: Uint8Array): void
  /** Returns what unsubscribes. `from` is authenticated by the transport. */
  subscribe(handler: (from: number, message: Uint8Array) => void): () => void
}
