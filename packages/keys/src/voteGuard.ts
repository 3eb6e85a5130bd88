/**
 * The last check before a vote is signed: never two for which the registry slashes, whatever asks for them.
 *
 * It shares no code with consensus, and knows nothing but the votes themselves (as a validator's slashing protection
 * does, EIP-3076). Its memory is the guardian's write-ahead log: every vote of the log is recalled before the first
 * one is signed.
 * @module
 */
import { BaseError, type Hex } from '@breakwater/kernel'

/** A vote as the guardian registry judges it. */
export interface GuardedVote {
  readonly epoch: bigint
  readonly view: bigint
  /** 0 NOTARIZE, 1 NULLIFY, 2 FINALIZE. */
  readonly kind: 0 | 1 | 2
  readonly digest: Hex
}

export interface VoteGuard {
  /** Takes a vote that was given before, or is given now. @throws KEYS_EQUIVOCATION when it contradicts another one */
  admit(vote: GuardedVote): void
  /** Votes below this view are not known any more, so none is given there. */
  raise(view: bigint): void
}

const NULLIFY = 1
const FINALIZE = 2

export function createVoteGuard(epoch: bigint): VoteGuard {
  /** By view, the digest of each kind. */
  const given = new Map<bigint, (Hex | undefined)[]>()
  let floor = 0n
  return {
    admit(vote) {
      const { view, kind, digest } = vote
      if (vote.epoch !== epoch) throw refused(vote, `this guard is for epoch ${epoch}`)
      if (view < floor) throw refused(vote, `votes below view ${floor} are not known any more`)
      const votes = given.get(view) ?? []
      const same = votes[kind]
      if (same !== undefined && same !== digest) throw refused(vote, `it has given the same for ${same}`)
      const opposite = kind === NULLIFY ? FINALIZE : NULLIFY
      if (kind >= NULLIFY && votes[opposite] !== undefined) {
        throw refused(vote, `it has given ${nameOf(opposite)} in this view`)
      }
      votes[kind] = digest
      given.set(view, votes)
    },
    raise(view) {
      if (view <= floor) return
      floor = view
      for (const known of given.keys()) if (known < floor) given.delete(known)
    },
  }
}

const nameOf = (kind: number): string => ['NOTARIZE', 'NULLIFY', 'FINALIZE'][kind] ?? String(kind)

function refused({ epoch, view, kind, digest }: GuardedVote, reason: string): BaseError {
  const what = `${nameOf(kind)} for ${digest} in view ${view} of epoch ${epoch}`
  return new BaseError('KEYS_EQUIVOCATION', `this guardian must not vote ${what}: ${reason}`, {
    meta: { epoch, view, kind, digest },
    hint: 'it would be slashed for it. This is a fault of the program or of its log: keep both, and report it',
    docsPath: 'operating',
  })
}
