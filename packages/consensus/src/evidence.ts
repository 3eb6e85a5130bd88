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
  /** Forgets the views before `view`, and takes no more votes of them. */
  forgetBelow(view: bigint): void
}

interface Seen {
  /** The first vote of each kind: NOTARIZE, NULLIFY, FINALIZE. */
  readonly votes: (SignedVote | undefined)[]
  reported: boolean
}

export function createEvidence(epoch: bigint): EvidenceCollector {
  const views = new Map<bigint, Map<number, Seen>>()
  let floor = 0n
  return {
    add(guardian, vote) {
      if (vote.view < floor) return null
      const guardians = views.get(vote.view) ?? new Map<number, Seen>()
      views.set(vote.view, guardians)
      const seen = guardians.get(guardian) ?? { votes: [], reported: false }
      guardians.set(guardian, seen)
      if (seen.reported) return null
      for (const kind of [NOTARIZE, NULLIFY, FINALIZE]) {
        const earlier = seen.votes[kind]
        if (earlier === undefined || !isSlashable(earlier, vote)) continue
        seen.reported = true
        return { guardian, epoch, view: vote.view, votes: [earlier, vote] }
      }
      seen.votes[vote.kind] ??= vote
      return null
    },
    forgetBelow(view) {
      if (view <= floor) return
      floor = view
      for (const known of views.keys()) if (known < floor) views.delete(known)
    },
  }
}
