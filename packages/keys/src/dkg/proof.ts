/**
 * The two proofs that making a key together rests on, both without interaction (Fiat and Shamir), each bound to where
 * it is used by `context`, and written as challenge and responses.
 *
 * - Knowledge of discrete logarithms (Schnorr): nobody can choose its contribution as a function of another's without
 *   knowing it, which is what keeps the last one to speak from choosing the key (FROST, Komlo and Goldberg,
 *   IACR ePrint 2020/852, Figure 1).
 * - Equality of two discrete logarithms (Chaum and Pedersen, "Wallet Databases with Observers", CRYPTO '92): that a
 *   point is the common one of two keys, without giving a key away.
 * @module
 */
import { assert, bytesToHex, concatHex, type Hex, hexToBytes } from '@breakwater/kernel'
import {
  type CurvePoint,
  hashToScalar,
  Point,
  pointToHex,
  readScalar,
  SCALAR_BYTES,
  Scalar,
  scalarToHex,
} from '../group.ts'

const KNOWLEDGE = 'breakwater/dkg/knowledge/v1'
const EQUALITY = 'breakwater/dkg/equality/v1'

/** `context`, and the number of points before them, so that no two statements have the same encoding. */
function challenge(domain: string, context: Hex, points: readonly CurvePoint[]): bigint {
  const count = scalarToHex(BigInt(points.length))
  return hashToScalar(domain, hexToBytes(concatHex([context, count, ...points.map(pointToHex)])))
}

function readScalars(proof: Hex, count: number): bigint[] | null {
  const bytes = hexToBytes(proof)
  if (bytes.length !== count * SCALAR_BYTES) return null
  const scalars: bigint[] = []
  for (let at = 0; at < bytes.length; at += SCALAR_BYTES) {
    const scalar = readScalar(bytesToHex(bytes.subarray(at, at + SCALAR_BYTES)))
    if (scalar === null) return null
    scalars.push(scalar)
  }
  return scalars
}

/** Proves that the secrets behind `points` are known. `nonces`: secret, as many, never used for another statement. */
export function proveKnowledge(context: Hex, secrets: readonly bigint[], nonces: readonly bigint[]): Hex {
  assert(nonces.length === secrets.length, 'each secret has its own nonce')
  const points = secrets.map((secret) => Point.BASE.multiply(secret))
  const commitments = nonces.map((nonce) => Point.BASE.multiply(nonce))
  const c = challenge(KNOWLEDGE, context, [...points, ...commitments])
  const responses = secrets.map((secret, i) => Scalar.add(nonces[i] ?? 0n, Scalar.mul(c, secret)))
  return concatHex([c, ...responses].map(scalarToHex))
}

export function verifyKnowledge(context: Hex, points: readonly CurvePoint[], proof: Hex): boolean {
  const [c, ...responses] = readScalars(proof, points.length + 1) ?? []
  if (c === undefined) return false
  const commitments = points.map((point, i) =>
    Point.BASE.multiplyUnsafe(responses[i] ?? 0n).subtract(point.multiplyUnsafe(c)),
  )
  return (
    commitments.every((point) => !point.is0()) &&
    c === challenge(KNOWLEDGE, context, [...points, ...commitments])
  )
}

/** What is proven equal: log of `own` to the base point, and log of `shared` to `other`. */
export interface Equality {
  readonly own: CurvePoint
  readonly other: CurvePoint
  readonly shared: CurvePoint
}

/** @param nonce secret, never used for another statement */
export function proveEquality(context: Hex, statement: Equality, secret: bigint, nonce: bigint): Hex {
  const { own, other, shared } = statement
  const commitments = [Point.BASE.multiply(nonce), other.multiply(nonce)]
  const c = challenge(EQUALITY, context, [own, other, shared, ...commitments])
  return concatHex([c, Scalar.add(nonce, Scalar.mul(c, secret))].map(scalarToHex))
}

export function verifyEquality(context: Hex, { own, other, shared }: Equality, proof: Hex): boolean {
  const [c, response] = readScalars(proof, 2) ?? []
  if (c === undefined || response === undefined) return false
  const commitments = [
    Point.BASE.multiplyUnsafe(response).subtract(own.multiplyUnsafe(c)),
    other.multiplyUnsafe(response).subtract(shared.multiplyUnsafe(c)),
  ]
  if (commitments.some((point) => point.is0())) return false
  return c === challenge(EQUALITY, context, [own, other, shared, ...commitments])
}
