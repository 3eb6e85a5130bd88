import type { Rules } from '@breakwater/consensus'

/** How a guardian can be faulty: two machines with one key, arbitrary lies, or silence. */
export type Fault = 'twins' | 'liar' | 'silent'

/**
 * Honest guardians' disks: one that keeps what it has synced, one that a crash empties, one that syncs later than it
 * says, and one that some crashes empty, which the guardian knows.
 */
export type DiskKind = 'sound' | 'forgets' | 'lies' | 'loses'

export interface SimOptions {
  guardians: number
  /** What each faulty guardian is; the seed decides which guardians they are. Default: the seed decides all, up to f. */
  faults?: readonly Fault[]
  /** Rules to break on purpose, for all guardians. */
  rules?: Partial<Rules>
  /** Default: sound. Another one is a fault of the operator, and must be noticed; `loses`: f of them have it. */
  disk?: DiskKind
  /** secp256k1 instead of signatures that cost nothing. */
  realSignatures?: boolean
  /** Something to order. Default 8; the seed decides what and when. */
  offers?: number
  /** How long at most the network loses, delays and partitions before it has healed. Default 5,000. */
  stormMs?: number
  /** How long to go on when everything has been ordered. Default 0. */
  idleMs?: number
  /** How long after the network has healed everything must have been ordered and certified. Default 150,000: 75 heartbeats. */
  patienceMs?: number
}

export interface Outcome {
  readonly seed: number
  readonly guardians: number
  readonly faulty: readonly { readonly guardian: number; readonly fault: Fault }[]
  /** What must never happen, in words. */
  readonly violations: readonly string[]
  /** Offers that honest guardians had and that were not ordered and certified in time. */
  readonly stalls: readonly string[]
  /** Against whom honest guardians' messages, put together, prove a fault. */
  readonly culprits: readonly number[]
  /** Blocks in the longest honest log. */
  readonly blocks: number
  readonly views: number
  readonly crashes: number
  /** From the moment when the network was well and the last offer was made. */
  readonly settledMs: number
  readonly steps: number
}
