import type { Message, Rules } from '@breakwater/consensus'

/** How a guardian can be faulty: two machines with one key, arbitrary lies, a disk that loses votes, or silence. */
export type Fault = 'twins' | 'liar' | 'amnesiac' | 'silent'

/**
/**
 * What disks do in a crash: keep what they have synced, lose all of it, lose an end of it; sync later than they say; or
 * lose everything in some crashes, which the guardian knows.
 */
export type DiskKind = 'sound' | 'forgets' | 'truncates' | 'lies' | 'loses'

/** Who is cut off until the network has healed: now these and now those; one half from the other; one from all others. */
export type Partition = 'shifting' | 'halves' | 'one'

/** What a run is made of, as plain data. */
export interface Scenario {
  guardians: number
  /** What each faulty guardian is; the seed decides which guardians they are. Default: the seed decides all, up to f. */
  faults?: readonly Fault[]
  /** Default: the seed decides. */
  partition?: Partition
  /** No clock is set, no partition lasts, no disk loses anything: what runs were before all that, so that seeds stay good. */
  calm?: boolean
  /** Of honest guardians. Default: sound. Another one is a fault of the operator, and must be noticed; `loses`: f of them have it. */
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

export interface SimOptions extends Scenario {
  /** What is broken on purpose, at all guardians. */
  broken?: Broken
}

export interface Broken {
  readonly rules?: Partial<Rules>
  /** Signatures are not checked. */
  readonly believes?: boolean
  /** What is never said; `again`: once it has been said to all. */
  omits?(message: Message, again: boolean): boolean
}

export interface Outcome {
  readonly seed: number
  readonly guardians: number
  readonly faulty: readonly { readonly guardian: number; readonly fault: Fault }[]
  /** What must never happen, in words. */
  readonly violations: readonly string[]
  /** Offers that honest guardians had and that were not ordered and certified in time. */
  readonly stalls: readonly string[]
  /** Whom the votes that honest guardians keep, put together, convict. */
  readonly culprits: readonly number[]
  /** Blocks in the longest honest log. */
  readonly blocks: number
  readonly views: number
  readonly crashes: number
  /** From the moment when the network was well and the last offer was made. */
  readonly settledMs: number
  readonly steps: number
}
