/**
 * The rules that safety rests on, together and apart from everything else: Simplex consensus
 * (Chan and Pass, "Simplex Consensus: A Simple and Fast Consensus Protocol", IACR ePrint 2023/463).
 *
 * Why they suffice: two quorums share an honest guardian, who notarizes at most one block a view and never both
 * nullifies and finalizes one. So a view has at most one notarized block; a view with a finalized block is never
 * nullified; and a later block, which must name a certified parent with only nullified views in between,
 * cannot go around it.
 * @module
 */
import type { Hex, Judgement } from '@breakwater/kernel'
import { type Block, GENESIS } from './block.ts'
import { isSlashable } from './evidence.ts'
import { FINALIZE, NOTARIZE, type Vote } from './vote.ts'

/** How many guardians of `count` may fail in any way, malice included. */
export function faultsOf(count: number): number {
  return Math.floor((count - 1) / 3)
}

/** Leaders take turns. */
export function leaderOf(view: bigint, count: number): number {
  return Number(view % BigInt(count))
}

/** What this guardian has voted in one view. Kept in the write-ahead log, so that a restart does not forget. */
export interface OwnVotes {
  notarize: Hex | null
  nullify: boolean
  finalize: Hex | null
}

/** Which views are certified, as far as this guardian knows. */
export interface Certified {
  /** The digest notarized or finalized in the view. */
  notarized(view: bigint): Hex | null
  nullified(view: bigint): boolean
}

export interface Rules {
  /** How many votes make a certificate. */
  quorum(count: number): number
  mayNotarize(own: OwnVotes, judgement: Judgement): boolean
  mayNullify(own: OwnVotes): boolean
  mayFinalize(own: OwnVotes): boolean
  /** Whether the block stands on a certified parent, with nothing but nullified views in between. */
  isJustified(block: Block, certified: Certified): boolean
  /** Whose turn it is: the only guardian whose proposals are looked at. */
  leaderOf(view: bigint, count: number): number
  /** Whether two votes of one guardian prove a fault. */
  isSlashable(a: Vote, b: Vote): boolean
  /** Whether a vote that has this guardian's signature is one that its log knows. If not, the log is lost: silence.ts. */
  isRemembered(own: OwnVotes, vote: Vote): boolean
  /** The first view in which a guardian without its log may vote, from the views that others are in; `null`: not yet. */
  safeView(positions: readonly bigint[], count: number): bigint | null
}

export const RULES: Rules = {
  quorum: (count) => count - faultsOf(count),
  mayNotarize: (own, judgement) => own.notarize === null && judgement === 'accept',
  mayNullify: (own) => !own.nullify && own.finalize === null,
  mayFinalize: (own) => own.finalize === null && !own.nullify,
  isJustified(block, certified) {
    const parent = block.parentView === 0n ? GENESIS : certified.notarized(block.parentView)
    if (parent !== block.parent) return false
    for (let view = block.parentView + 1n; view < block.view; view++) {
      if (!certified.nullified(view)) return false
    }
    return true
  },
  leaderOf,
  isSlashable,
  isRemembered(own, { kind, digest }) {
    if (kind === NOTARIZE) return own.notarize === digest
    return kind === FINALIZE ? own.finalize === digest : own.nullify
  },
  safeView(positions, count) {
    if (positions.length < 2 * faultsOf(count) + 1) return null
    return positions.reduce((highest, view) => (view > highest ? view : highest)) + 2n
  },
}
