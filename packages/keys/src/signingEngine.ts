/** The part of signing that knows the secret or takes long: jobs with results, here or in a worker thread. */
import {
  bytesToHex,
  concatHex,
  type Hex,
  hexToBytes,
  keccak,
  type Rng,
  unreachable,
} from '@breakwater/kernel'
import { frost, type GroupSignature } from './frost.ts'
import { frostIdentifier, frostPublic, type GroupShare } from './frostGroup.ts'
import { createNoncePool, type NoncePool } from './noncePool.ts'
import {
  createSigningSession,
  type NonceCommitment,
  type SessionSigner,
  type SigningSession,
  type SigningTask,
} from './signingSession.ts'

/** Sessions whose commitment is kept, so that their next shares are looked at cheaply. */
const MAX_SESSIONS = 16

export interface SignerShare {
  readonly guardian: number
  readonly share: Hex
}

export type SigningJob =
  /** New nonces, for `coordinator` only. */
  | { readonly kind: 'prepare'; readonly coordinator: number; readonly count: number }
  /** Own share of a session that `coordinator` has called. Uses its nonces up. */
  | {
      readonly kind: 'sign'
      readonly coordinator: number
      readonly session: number
      readonly task: SigningTask
    }
  /** Whose shares are wrong; and the signature, if all signers' are there and right. */
  | {
      readonly kind: 'check'
      readonly session: number
      readonly task: SigningTask
      readonly shares: readonly SignerShare[]
    }

export type SigningResult =
  | {
      readonly kind: 'prepared'
      readonly coordinator: number
      readonly commitments: readonly NonceCommitment[]
    }
  | {
      readonly kind: 'signed'
      readonly coordinator: number
      readonly session: number
      readonly digest: Hex
      /** `null` when the nonces are not there, or the others' commitments no points. `next`: nonces for another session. */
      readonly signed: { readonly share: Hex; readonly next: NonceCommitment } | null
    }
  | {
      readonly kind: 'checked'
      readonly session: number
      readonly digest: Hex
      readonly honest: readonly number[]
      readonly cheaters: readonly number[]
      readonly signature: GroupSignature | null
    }

export interface SigningEngine {
  run(job: SigningJob): SigningResult
}

/** @param rng cryptographically secure, except in simulations */
export function createSigningEngine(share: GroupShare, rng: Rng): SigningEngine {
  const pool = createNoncePool(share, rng)
  const sessions = new Map<Hex, SigningSession>()
  const sessionOf = (task: SigningTask): SigningSession => {
    const name = keccak(
      concatHex([task.digest, ...task.signers.flatMap(({ hiding, binding }) => [hiding, binding])]),
    )
    const session = sessions.get(name) ?? createSigningSession(share.group, task)
    sessions.set(name, session)
    const [oldest] = sessions.keys()
    if (sessions.size > MAX_SESSIONS && oldest !== undefined) sessions.delete(oldest)
    return session
  }
  return {
    run(job) {
      switch (job.kind) {
        case 'prepare': {
          const { coordinator, count } = job
          return { kind: 'prepared', coordinator, commitments: pool.make(coordinator, count) }
        }
        case 'sign': {
          const { coordinator, session, task } = job
          const made = sign(share, pool, coordinator, task)
          const [next] = made === null ? [] : pool.make(coordinator, 1)
          const signed = made === null || next === undefined ? null : { share: made, next }
          return { kind: 'signed', coordinator, session, digest: task.digest, signed }
        }
        case 'check': {
          const { session, task, shares } = job
          return { kind: 'checked', session, digest: task.digest, ...check(sessionOf(task), task, shares) }
        }
        default:
          return unreachable(job)
      }
    },
  }
}

function sign({ group, self, secret }: GroupShare, pool: NoncePool, coordinator: number, task: SigningTask) {
  const own = task.signers.find(({ guardian }) => guardian === self)
  if (own === undefined) return null
  const toBytes = ({ guardian, hiding, binding }: SessionSigner) => ({
    identifier: frostIdentifier(guardian),
    hiding: hexToBytes(hiding),
    binding: hexToBytes(binding),
  })
  return pool.spend(coordinator, own, (nonces) => {
    const secretShare = { identifier: frostIdentifier(self), signingShare: secret }
    try {
      const commitments = task.signers.map(toBytes)
      const message = hexToBytes(task.digest)
      return bytesToHex(frost.signShare(secretShare, frostPublic(group), nonces, commitments, message))
    } catch {
      // Another signer's commitment is no point: only a faulty coordinator sends such.
      return null
    }
  })
}

/** One verification when all is well; each share by itself only if some are missing or the sum is wrong. */
function check(session: SigningSession, task: SigningTask, shares: readonly SignerShare[]) {
  const complete = shares.length === task.signers.length
  const signature = complete
    ? session.aggregate(new Map(shares.map(({ guardian, share }) => [guardian, share])))
    : null
  const isHonest = ({ guardian, share }: SignerShare) =>
    signature !== null || session.verifyShare(guardian, share)
  const honest = shares.filter(isHonest).map(({ guardian }) => guardian)
  const cheaters = shares.map(({ guardian }) => guardian).filter((guardian) => !honest.includes(guardian))
  return { honest, cheaters, signature }
}
