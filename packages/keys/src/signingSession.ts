/**
 * FROST's second round as the coordinator sees it (RFC 9591, sections 4.3 to 4.6 and 5.3): which shares are right, and
 * their sum. Binding factors and the group's commitment depend on all signers and are computed once for a session,
 * however many shares are looked at; that is what makes finding the culprits among many signers cheap.
 * @module
 */
import { createHash } from 'node:crypto'
import { assert, concatHex, type Hex, hexToBytes } from '@breakwater/kernel'
import { mulAddUnsafe } from '@noble/curves/abstract/curve.js'
import { type GroupSignature, verifyGroupSignature } from './frost.ts'
import { type Group, groupKeyOf, identifierOf, verificationShare } from './frostGroup.ts'
import {
  type CurvePoint,
  hashToScalar,
  Point,
  pointToHex,
  readPoint,
  readScalar,
  Scalar,
  scalarToHex,
} from './group.ts'

const SUITE = 'FROST-secp256k1-SHA256-v1'

/** What a signer publishes for one pair of nonces. */
export interface NonceCommitment {
  readonly hiding: Hex
  readonly binding: Hex
}

export interface SessionSigner extends NonceCommitment {
  readonly guardian: number
}

/** Who signs what together, and with which nonces. */
export interface SigningTask {
  /** 32 bytes. */
  readonly digest: Hex
  /** As many as the threshold, by ascending number. */
  readonly signers: readonly SessionSigner[]
}

export interface SigningSession {
  /** Whether this is the guardian's share: 32 bytes. */
  verifyShare(guardian: number, share: Hex): boolean
  /** The signature that the shares of all signers make; `null` unless the group's key verifies it. */
  aggregate(shares: ReadonlyMap<number, Hex>): GroupSignature | null
}

interface Signer {
  readonly guardian: number
  readonly hiding: CurvePoint
  readonly binding: CurvePoint
  readonly factor: bigint
}

/** The task's commitments are known to be points. */
export function createSigningSession(group: Group, task: SigningTask): SigningSession {
  const signers = bind(group, task)
  const commitment = signers
    .reduce((sum, { hiding }) => sum.add(hiding), Point.ZERO)
    .add(
      mulAddUnsafe(
        Point,
        signers.map(({ binding }) => binding),
        signers.map(({ factor }) => factor),
      ),
    )
  const challenge = commitment.is0() ? null : challengeOf(commitment, group.key, task.digest)

  return {
    verifyShare(guardian, share) {
      const signer = signers.find((one) => one.guardian === guardian)
      const own = verificationShare(group, guardian)
      const [z, key] = [readScalar(share), own === undefined ? null : readPoint(own)]
      if (signer === undefined || z === null || key === null || challenge === null) return false
      const weight = Scalar.mul(challenge, interpolate(signers, guardian))
      const { hiding, binding, factor } = signer
      const expected = hiding.add(mulAddUnsafe(Point, [binding, key], [factor, weight]))
      return Point.BASE.multiplyUnsafe(z).equals(expected)
    },
    aggregate(shares) {
      const scalars = signers.map(({ guardian }) => readScalar(shares.get(guardian) ?? '0x'))
      if (challenge === null || scalars.some((scalar) => scalar === null)) return null
      const z = scalars.reduce((sum: bigint, scalar) => Scalar.add(sum, scalar ?? 0n), 0n)
      const { x, y } = commitment.toAffine()
      const signature = { rx: x, ry: y, z }
      return verifyGroupSignature(task.digest, groupKeyOf(group), signature) ? signature : null
    },
  }
}

/** Section 4.4: each signer's nonces are bound to the message, the key and everybody's commitments. */
function bind(group: Group, { digest, signers }: SigningTask): Signer[] {
  const encoded = signers.flatMap(({ guardian, hiding, binding }) => [
    encodeIdentifier(guardian),
    hiding,
    binding,
  ])
  const prefix = [group.key, hash('msg', digest), hash('com', concatHex(encoded))]
  return signers.map(({ guardian, ...commitment }) => {
    const [hiding, binding] = [readPoint(commitment.hiding), readPoint(commitment.binding)]
    assert(hiding !== null && binding !== null, `guardian ${guardian}'s commitments are points`)
    const factor = hashToScalar(`${SUITE}rho`, hexToBytes(concatHex([...prefix, encodeIdentifier(guardian)])))
    return { guardian, hiding, binding, factor }
  })
}

const encodeIdentifier = (guardian: number): Hex => scalarToHex(BigInt(identifierOf(guardian)))

function hash(what: 'msg' | 'com', message: Hex): Hex {
  return `0x${createHash('sha256').update(`${SUITE}${what}`).update(hexToBytes(message)).digest('hex')}`
}

/** Section 4.6. */
function challengeOf(commitment: CurvePoint, key: Hex, digest: Hex): bigint {
  return hashToScalar(`${SUITE}chal`, hexToBytes(concatHex([pointToHex(commitment), key, digest])))
}

/** Section 4.2: Lagrange's coefficient of a guardian at 0. */
function interpolate(signers: readonly Signer[], guardian: number): bigint {
  const own = BigInt(identifierOf(guardian))
  let [numerator, denominator] = [1n, 1n]
  for (const signer of signers) {
    if (signer.guardian === guardian) continue
    const other = BigInt(identifierOf(signer.guardian))
    numerator = Scalar.mul(numerator, other)
    denominator = Scalar.mul(denominator, Scalar.sub(other, own))
  }
  return Scalar.div(numerator, denominator)
}
