/**
 * Encryption of one share to one member, on a log that everybody reads: Diffie and Hellman over the two members'
 * keys of the attempt, HKDF-SHA256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439). Key and nonce are derived for each pair,
 * direction and attempt, and used once.
 *
 * The cipher does not commit to its key, and need not: a complaint proves which point the key comes from.
 * @module
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { bytesToHex, encode, fixed, type Hex, hexToBytes, struct, u8 } from '@breakwater/kernel'
import { type CurvePoint, readScalar, Scalar } from '../group.ts'

const CIPHER = 'chacha20-poly1305'
const [KEY_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 12, 16]
const INFO = new TextEncoder().encode('breakwater/dkg/share/v1')

/** Between whom, and after which first round. */
export interface Channel {
  /** What the first round was: everybody's deals. */
  readonly transcript: Hex
  readonly dealer: number
  readonly receiver: number
}

const channelCodec = struct<Channel>({ transcript: fixed(32), dealer: u8, receiver: u8 })

function deriveKey(shared: CurvePoint, header: Uint8Array) {
  const length = KEY_BYTES + NONCE_BYTES
  const bytes = new Uint8Array(hkdfSync('sha256', shared.toBytes(true), header, INFO, length))
  return { key: bytes.subarray(0, KEY_BYTES), nonce: bytes.subarray(KEY_BYTES) }
}

/** @param shared the dealer's and the receiver's common point */
export function sealShare(channel: Channel, shared: CurvePoint, share: bigint): Hex {
  const header = encode(channelCodec, channel)
  const { key, nonce } = deriveKey(shared, header)
  const plain = Scalar.toBytes(share)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(header, { plaintextLength: plain.length })
  const sealed = bytesToHex(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
  key.fill(0)
  plain.fill(0)
  return sealed
}

/** `null` when it was not encrypted under this key, or is no scalar. */
export function openShare(channel: Channel, shared: CurvePoint, sealed: Hex): bigint | null {
  const header = encode(channelCodec, channel)
  const { key, nonce } = deriveKey(shared, header)
  const bytes = hexToBytes(sealed)
  const end = bytes.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(header, { plaintextLength: end })
  decipher.setAuthTag(bytes.subarray(end))
  try {
    return readScalar(bytesToHex(Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()])))
  } catch {
    return null
  } finally {
    key.fill(0)
  }
}
