import { type Address, type Codec, fixed, type Hex, list, struct, u256 } from '@breakwater/kernel'
import type { Signing } from './signing.ts'
import { type SignedVote, type Vote, voteFields } from './vote.ts'

/** The on-chain bitmap has 256 bits; the registry admits 255 guardians. */
export const MAX_GUARDIANS = 255

/** The same vote of at least n - f guardians: NOTARIZE, NULLIFY or FINALIZE of a whole view. */
export interface QuorumCertificate extends Vote {
  /** Bit i is set when guardian i signed. */
  readonly bitmap: bigint
  /** EIP-2098 compact, in the order of the bits. */
  readonly signatures: readonly Hex[]
}

export const certificateCodec: Codec<QuorumCertificate> = struct<QuorumCertificate>({
  ...voteFields,
  bitmap: u256,
  signatures: list(fixed(64), MAX_GUARDIANS),
})

/** Bitmap and signatures in the order of the bits. */
export function toBitmap(signatures: ReadonlyMap<number, Hex>): {
  bitmap: bigint
  signatures: readonly Hex[]
} {
  const signers = [...signatures].sort(([a], [b]) => a - b)
  return {
    bitmap: signers.reduce((bits, [guardian]) => bits | (1n << BigInt(guardian)), 0n),
    signatures: signers.map(([, signature]) => signature),
  }
}

export function assembleCertificate(vote: Vote, signatures: ReadonlyMap<number, Hex>): QuorumCertificate {
  const { kind, view, digest } = vote
  return { kind, view, digest, ...toBitmap(signatures) }
}

/** Signers' positions in a bitmap; `null` when one is not below `count`. */
export function signersOf(bitmap: bigint, count: number): readonly number[] | null {
  if (bitmap >> BigInt(count) !== 0n) return null
  const signers: number[] = []
  for (let guardian = 0; guardian < count; guardian++) {
    if ((bitmap >> BigInt(guardian)) & 1n) signers.push(guardian)
  }
  return signers
}

/**
 * The votes in a certificate by guardian, each signature checked; `null` unless all are good and there are at least
 * `quorum` of them. `voteDigest` is the EIP-712 digest of the certificate's vote.
 */
export function openCertificate(
  certificate: QuorumCertificate,
  voteDigest: Hex,
  guardians: readonly Address[],
  quorum: number,
  recover: Signing['recover'],
): ReadonlyMap<number, SignedVote> | null {
  const { kind, view, digest, bitmap, signatures } = certificate
  const signers = signersOf(bitmap, guardians.length)
  if (signers === null || signers.length !== signatures.length || signers.length < quorum) return null
  const votes = new Map<number, SignedVote>()
  for (const [i, signature] of signatures.entries()) {
    const guardian = signers[i] ?? 0
    if (recover(voteDigest, signature) !== guardians[guardian]) return null
    votes.set(guardian, { kind, view, digest, signature })
  }
  return votes
}
