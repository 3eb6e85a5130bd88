/**
 * FROST(secp256k1, SHA-256) of RFC 9591: guardians sign with one key that none of them has. The suite is that of
 * @noble/curves as it is; here are the forms in which its keys and signatures go on-chain, where the guardian
 * registry verifies them.
 * @module
 */
import { bytesToHex, type Hex, hexToBytes } from '@breakwater/kernel'
import { secp256k1, secp256k1_FROST } from '@noble/curves/secp256k1.js'

export const frost = secp256k1_FROST

const { Point } = secp256k1
const POINT_BYTES = 33
const SCALAR_BYTES = 32

/** The group's public key, a point on the curve. */
export interface GroupKey {
  readonly x: bigint
  readonly y: bigint
}

/** A point R and a scalar z, valid when z·G = R + e·P for the group's key P. */
export interface GroupSignature {
  readonly rx: bigint
  readonly ry: bigint
  readonly z: bigint
}

/** The key that FROST gives in its compressed form, 33 bytes. @throws when it is no point on the curve. */
export function readGroupKey(bytes: Uint8Array): GroupKey {
  const { x, y } = Point.fromBytes(bytes).toAffine()
  return { x, y }
}

/** What FROST's `aggregate` gives: R compressed, then z, 65 bytes. @throws when R is no point on the curve. */
export function readGroupSignature(bytes: Uint8Array): GroupSignature {
  const { x: rx, y: ry } = Point.fromBytes(bytes.subarray(0, POINT_BYTES)).toAffine()
  return { rx, ry, z: BigInt(bytesToHex(bytes.subarray(POINT_BYTES))) }
}

/** Whether the registry takes this for a group's key: on the curve, in its one form, x below the group order. */
export function isGroupKey({ x, y }: GroupKey): boolean {
  return x < Point.Fn.ORDER && compress(x, y) !== null
}

/** Whether the registry takes this for the group's signature. `digest`: 32 bytes. */
export function verifyGroupSignature(digest: Hex, key: GroupKey, { rx, ry, z }: GroupSignature): boolean {
  const [publicKey, r] = [compress(key.x, key.y), compress(rx, ry)]
  if (publicKey === null || r === null || !isGroupKey(key) || z >= Point.Fn.ORDER) return false
  const signature = new Uint8Array(POINT_BYTES + SCALAR_BYTES)
  signature.set(r)
  signature.set(hexToBytes(`0x${z.toString(16).padStart(2 * SCALAR_BYTES, '0')}`), POINT_BYTES)
  return frost.verify(signature, hexToBytes(digest), publicKey)
}

/** 33 bytes; `null` for what is not a point on the curve other than infinity. */
function compress(x: bigint, y: bigint): Uint8Array | null {
  try {
    const point = Point.fromAffine({ x, y })
    point.assertValidity()
    return point.toBytes(true)
  } catch {
    return null
  }
}
