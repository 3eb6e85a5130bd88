import { FINALIZE, NOTARIZE, NULLIFY, type SignedVote, type Vote } from './vote.ts'

/** Two votes of one guardian in one view that no honest guardian ever gives: a reason to slash it. */
export interface Evidence {
  readonly guardian: number
  readonly epoch: bigint
  readonly view: bigint
  readonly votes: readonly [SignedVote, SignedVote]
}

/**
 * Whether two votes of one guardian prove a fault: in the same view conflicting NOTARIZE, conflicting FINALIZE, or
 * NULLIFY with FINALIZE. NOTARIZE with NULLIFY, and NOTARIZE with FINALIZE of another block, honest guardians do.
 */
export function isSlashable(a: Vote, b: Vote): boolean {
  if (a.view !== b.view) return false
  if (a.kind === b.kind) return a.kind !== NULLIFY && a.digest !== b.digest
  return a.kind !== NOTARIZE && b.kind !== NOTARIZE
}

export interface EvidenceCollector {
  /** Takes a vote whose signature was checked. Each guardian is reported at most once a view. */
  add(guardian: number, vote: SignedVote): Evidence | null
  /** All that it keeps. Two guardians' together may convict where neither's alone does. */
  votes(): readonly KeptVote[]
  /** Forgets the views before `view`, and takes no more votes of them. */
  forgetBelow(view: bigint): void
}

/** A vote with a good signature, and whose it is. */
export interface KeptVote {
  readonly guardian: number
  readonly vote: SignedVote
}

interface Seen {
  /** The first vote of each kind: NOTARIZE, NULLIFY, FINALIZE. */
  readonly votes: (SignedVote | undefined)[]
  /** The vote that contradicts one of them: with it, the guardian was reported. */
  contrary: SignedVote | null
}

export function createEvidence(epoch: bigint, isContrary = isSlashable): EvidenceCollector {
  const views = new Map<bigint, Map<number, Seen>>()
  let floor = 0n
  return {
    add(guardian, vote) {
      if (vote.view < floor) return null
      const guardians = views.get(vote.view) ?? new Map<number, Seen>()
      views.set(vote.view, guardians)
      const seen = guardians.get(guardian) ?? { votes: [], contrary: null }
      guardians.set(guardian, seen)
      if (seen.contrary !== null) return null
      for (const kind of [NOTARIZE, NULLIFY, FINALIZE]) {
        const earlier = seen.votes[kind]
        if (earlier === undefined || !isContrary(earlier, vote)) continue
        seen.contrary = vote
        return { guardian, epoch, view: vote.view, votes: [earlier, vote] }
      }
      seen.votes[vote.kind] ??= vote
      return null
    },
    votes() {
      const kept: KeptVote[] = []
      for (const guardians of views.values()) {
        for (const [guardian, { votes, contrary }] of guardians) {
          for (const vote of [...votes, contrary]) if (vote) kept.push({ guardian, vote })
        }
      }
      return kept
    },
    forgetBelow(view) {
      if (view <= floor) return
      floor = view
      for (const known of views.keys()) if (known < floor) views.delete(known)
    },
  }
}
