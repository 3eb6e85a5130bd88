import {
  type Address,
  blob,
  bytesToHex,
  type Codec,
  concatHex,
  type Hex,
  hexToBytes,
  struct,
  u256,
} from '@breakwater/kernel'
import type { Signing } from './signing.ts'
import { type SignedVote, type Vote, voteFields } from './vote.ts'

/** The on-chain bitmap has 256 bits; the registry admits 255 guardians. */
export const MAX_GUARDIANS = 255
const SIGNATURE_BYTES = 64

/** The same vote of at least n - f guardians: NOTARIZE, NULLIFY or FINALIZE of a whole view. */
export interface QuorumCertificate extends Vote {
  /** Bit i is set when guardian i signed. */
  readonly bitmap: bigint
  /** EIP-2098 compact, 64 bytes each, in the order of the bits. Most certificates arrive again and again: unread. */
  readonly signatures: Uint8Array
}

export const certificateCodec: Codec<QuorumCertificate> = struct<QuorumCertificate>({
  ...voteFields,
  bitmap: u256,
  signatures: blob(MAX_GUARDIANS * SIGNATURE_BYTES),
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

export function assembleCertificate(vote: Vote, signed: ReadonlyMap<number, Hex>): QuorumCertificate {
  const { kind, view, digest } = vote
  const { bitmap, signatures } = toBitmap(signed)
  return { kind, view, digest, bitmap, signatures: hexToBytes(concatHex(signatures)) }
}

/** The votes that a certificate claims to hold, by guardian; `null` when its parts do not fit together. Unchecked. */
export function claimedVotes(
  { kind, view, digest, bitmap, signatures }: QuorumCertificate,
  count: number,
): ReadonlyMap<number, SignedVote> | null {
  if (bitmap >> BigInt(count) !== 0n) return null
  const votes = new Map<number, SignedVote>()
  let end = 0
  for (let guardian = 0; guardian < count; guardian++) {
    if (((bitmap >> BigInt(guardian)) & 1n) === 0n) continue
    const signature = bytesToHex(signatures.subarray(end, end + SIGNATURE_BYTES))
    votes.set(guardian, { kind, view, digest, signature })
    end += SIGNATURE_BYTES
  }
  return end === signatures.length ? votes : null
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
  const votes = claimedVotes(certificate, guardians.length)
  if (votes === null || votes.size < quorum) return null
  for (const [guardian, { signature }] of votes) {
    if (recover(voteDigest, signature) !== guardians[guardian]) return null
  }
  return votes
}
