/** What goes into the core and what comes out: plain data, so that the same core runs in a guardian and in a simulation. */
import type { Hex, Judgement } from '@breakwater/kernel'
import type { Block } from './block.ts'
import type { QuorumCertificate } from './certificate.ts'
import type { Entry } from './chain.ts'
import type { Evidence } from './evidence.ts'
import type { ConsensusMessage } from './message.ts'
import type { LogRecord } from './record.ts'

/**
 * - `heartbeat`: how long a view may stay without anything to order
 * - `leader`: how long to wait for the leader's proposal
 * - `hear`: how long the leader waits for its judgement of what others offer
 * - `advance`: how long to wait for a certificate, then again and again to repeat what others may have missed
 * - `retry`: when to ask the next guardian for what is missing here
 * - `position`: when to ask again which views the others are in
 */
export type TimerName = 'heartbeat' | 'leader' | 'hear' | 'advance' | 'retry' | 'position'

/** How a guardian that does not know its votes finds out from which view on it may vote: see silence.ts. */
export interface Doubt {
  /** Of this start alone, so that nothing which was said before it is taken for an answer. */
  readonly nonce: Hex
  /** This guardian has had a log in this epoch, and it is not the one that it starts with. */
  readonly isLost: boolean
}

export type CoreEvent =
  /** First of all, with the log's records, oldest first. */
  | { readonly kind: 'start'; readonly records: readonly LogRecord[]; readonly doubt?: Doubt }
  /** `from` is authenticated by the transport. */
  | { readonly kind: 'message'; readonly from: number; readonly message: ConsensusMessage }
  | { readonly kind: 'timer'; readonly name: TimerName; readonly view: bigint }
  /** The answer to a `judge` effect. */
  | { readonly kind: 'judged'; readonly digest: Hex; readonly judgement: Judgement }
  /** What this guardian would have ordered next, on top of the block `parent`; `null` when nothing. */
  | { readonly kind: 'offer'; readonly parent: Hex; readonly payload: Uint8Array | null }

export type CoreEffect =
  /** When `durable`, no later effect may be performed before the record is on disk; else it may wait for one that is. */
  | { readonly kind: 'persist'; readonly record: LogRecord; readonly durable: boolean }
  | { readonly kind: 'send'; readonly to: number | 'all'; readonly message: ConsensusMessage }
  /** Replaces an earlier timer of the same name. */
  | {
      readonly kind: 'timer'
      readonly name: TimerName
      readonly view: bigint
      readonly delayMs: number
    }
  /** Asks for this guardian's own judgement of a block's payload, in the state after `ancestors`. */
  | {
      readonly kind: 'judge'
      readonly digest: Hex
      readonly block: Block
      /** The blocks since the last finalized one, oldest first, the parent included. */
      readonly ancestors: readonly Entry[]
    }
  /** The block to extend is another now: what would be ordered next, in the state after `ancestors`? */
  | { readonly kind: 'tip'; readonly digest: Hex; readonly ancestors: readonly Entry[] }
  | { readonly kind: 'entered'; readonly view: bigint; readonly leader: number }
  /** In the order of the log, without gaps, and again from its beginning after a restart (`replayed`). */
  | {
      readonly kind: 'finalized'
      readonly digest: Hex
      readonly block: Block
      /** `null` where a later block's certificate covers this one too. */
      readonly certificate: QuorumCertificate | null
      readonly replayed: boolean
    }
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  /** More than f guardians failed: two logs were finalized. This guardian has stopped. */
  | { readonly kind: 'forked'; readonly certificate: QuorumCertificate }
