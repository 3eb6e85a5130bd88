/**
 * The group that threshold signing computes in: secp256k1's points and scalars, in the one encoding each of them has
 * (SEC 1 compressed, 33 bytes; big-endian below the order, 32 bytes).
 * @module
 */
import { bytesToHex, type Hex, hexToBytes } from '@breakwater/kernel'
import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js'
import { secp256k1, secp256k1_hasher } from '@noble/curves/secp256k1.js'

export const { Point } = secp256k1
export const Scalar = Point.Fn
export type CurvePoint = WeierstrassPoint<bigint>

export const POINT_BYTES = 33
export const SCALAR_BYTES = 32

/** The point; `null` for anything but a point's one encoding, and for infinity. */
export function readPoint(hex: Hex): CurvePoint | null {
  try {
    const bytes = hexToBytes(hex)
    return bytes.length === POINT_BYTES ? Point.fromBytes(bytes) : null
  } catch {
    return null
  }
}

/** The scalar; `null` for anything but 32 bytes below the order. */
export function readScalar(hex: Hex): bigint | null {
  try {
    return Scalar.fromBytes(hexToBytes(hex))
  } catch {
    return null
  }
}

export const pointToHex = (point: CurvePoint): Hex => bytesToHex(point.toBytes(true))
export const scalarToHex = (scalar: bigint): Hex => bytesToHex(Scalar.toBytes(scalar))

/** RFC 9380 hash_to_field into the scalars, with `domain` as its separation tag. */
export function hashToScalar(domain: string, message: Uint8Array): bigint {
  return secp256k1_hasher.hashToScalar(message, { DST: domain })
}

/**
 * Σ cₖ·xᵏ for a polynomial given by commitments to its coefficients: the value at `x`, times the base point. `x` is a
 * small number and all is public, so Horner's rule with a few doublings for each coefficient is the fastest.
 */
export function evaluateCommitments(commitments: readonly CurvePoint[], x: number): CurvePoint {
  return commitments.reduceRight((sum, point) => multiplySmall(sum, x).add(point), Point.ZERO)
}

/** Double and add, without the tables that only pay for large scalars. */
function multiplySmall(point: CurvePoint, x: number): CurvePoint {
  let product = Point.ZERO
  for (const bit of x.toString(2)) {
    product = product.double()
    if (bit === '1') product = product.add(point)
  }
  return product
}

/** Σ cₖ·xᵏ modulo the order. */
export function evaluatePolynomial(coefficients: readonly bigint[], x: number): bigint {
  const at = BigInt(x)
  return coefficients.reduceRight((sum, coefficient) => Scalar.add(Scalar.mul(sum, at), coefficient), 0n)
}
