import { MAX_MESSAGE_BYTES } from '@breakwater/consensus'
import type { AdmissionLimits } from './admission.ts'
import type { BacklogLimits } from './backlog.ts'
import type { BackoffLimits } from './backoff.ts'

/** What bounds time and memory, whatever peers and strangers do. */
export interface MeshLimits {
  readonly messageBytes: number
  /** From a connection's beginning until its other end is verified. */
  readonly handshakeTimeoutMs: number
  readonly admission: AdmissionLimits
  /** What is read from one peer; beyond, it has to wait. */
  readonly inbound: { readonly bytesPerSecond: number; readonly messagesPerSecond: number }
  /** What waits for one peer; beyond, its oldest is dropped. */
  readonly backlog: BacklogLimits
  readonly pingMs: number
  /** A peer of which nothing was heard for so long is dropped. */
  readonly silentMs: number
  /** A peer that takes so long to read what has been sent is dropped. */
  readonly slowMs: number
  readonly backoff: BackoffLimits
  /** How long this guardian vouches for its transport key; a connection ends with it, and is made anew. */
  readonly bindingSeconds: number
}

/** For up to 31 guardians. A guardian in a hurry sends some hundred messages a second. */
export const DEFAULT_LIMITS: MeshLimits = {
  messageBytes: MAX_MESSAGE_BYTES,
  handshakeTimeoutMs: 5000,
  admission: { total: 256, perAddress: 32, perSecond: 64 },
  inbound: { bytesPerSecond: 4 * 2 ** 20, messagesPerSecond: 2000 },
  backlog: { frames: 4096, bytes: 4 * 2 ** 20 },
  pingMs: 5000,
  silentMs: 15_000,
  slowMs: 10_000,
  backoff: { firstMs: 250, mostMs: 5000 },
  bindingSeconds: 86_400,
}
