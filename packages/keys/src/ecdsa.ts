/**
 * ECDSA over secp256k1 for 32-byte digests, in Ethereum's forms: addresses, EIP-2098 compact signatures
 * (r ‖ yParity·2²⁵⁵ + s, 64 bytes), s in the lower half (EIP-2), nonces by RFC 6979.
 *
 * libsecp256k1 where its prebuilt binding loads (about fifteen times faster), @noble/curves elsewhere;
 * both give the same bytes.
 * @module
 */
import { createRequire } from 'node:module'
import { type Address, BaseError, bytesToHex, type Hex, hexToBytes, isHex, keccak } from '@breakwater/kernel'
import { secp256k1 as noble } from '@noble/curves/secp256k1.js'

/** r ‖ s and the parity of R's y. */
interface Recoverable {
  rs: Uint8Array
  parity: number
}

export interface Curve {
  name: 'native' | 'noble'
  /** 64 bytes x ‖ y. @throws when the key is 0 or not below the group order. */
  publicKey(privateKey: Uint8Array): Uint8Array
  sign(digest: Uint8Array, privateKey: Uint8Array): Recoverable
  /** 64 bytes x ‖ y. @throws when no key could have made the signature. */
  recover(digest: Uint8Array, signature: Recoverable): Uint8Array
}

export const nobleCurve: Curve = {
  name: 'noble',
  publicKey: (privateKey) => noble.getPublicKey(privateKey, false).subarray(1),
  sign(digest, privateKey) {
    const bytes = noble.sign(digest, privateKey, { prehash: false, lowS: true, format: 'recovered' })
    return { parity: bytes[0] ?? 0, rs: bytes.subarray(1) }
  },
  recover(digest, { rs, parity }) {
    const bytes = noble.recoverPublicKey(Uint8Array.of(parity, ...rs), digest, { prehash: false })
    return noble.Point.fromBytes(bytes).toBytes(false).subarray(1)
  },
}

/** libsecp256k1, or `null` where no prebuilt binding fits this platform. */
export function loadNativeCurve(): Curve | null {
  let native: typeof import('secp256k1')
  try {
    native = createRequire(import.meta.url)('secp256k1/bindings.js')
  } catch {
    return null
  }
  return {
    name: 'native',
    publicKey: (privateKey) => native.publicKeyCreate(privateKey, false).subarray(1),
    sign(digest, privateKey) {
      const { signature, recid } = native.ecdsaSign(digest, privateKey)
      return { rs: signature, parity: recid }
    },
    recover: (digest, { rs, parity }) => native.ecdsaRecover(rs, parity, digest, false).subarray(1),
  }
}

const curve = loadNativeCurve() ?? nobleCurve
/** Which implementation this process uses. */
export const curveName = curve.name

/** Signs digests as one address. The key itself never leaves the closure. */
export interface Signer {
  address: Address
  /** EIP-2098 compact signature, 64 bytes. `digest`: 32 bytes. */
  sign(digest: Hex): Hex
}

/** @throws KEYS_PRIVATE_KEY when it is not 32 bytes between 1 and the group order. The error never shows the key. */
export function createLocalSigner(privateKey: Hex): Signer {
  const refused = (reason: string) =>
    new BaseError('KEYS_PRIVATE_KEY', `the private key ${reason}`, {
      hint: 'make one with `breakwater keys new`',
    })
  if (!isHex(privateKey, 32)) throw refused('is not 32 bytes of hexadecimal')
  const key = hexToBytes(privateKey)
  let address: Address
  try {
    address = addressOf(curve.publicKey(key))
  } catch {
    throw refused('is 0 or not below the order of secp256k1')
  }
  return { address, sign: (digest) => toCompact(curve.sign(hexToBytes(digest), key)) }
}

/** Ethereum's address of a public key of 64 bytes x ‖ y. */
export function addressOf(publicKey: Uint8Array): Address {
  return `0x${keccak(publicKey).slice(26)}`
}

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

function toCompact({ rs, parity }: Recoverable): Hex {
  const compact = rs.slice()
  compact[32] = (compact[32] ?? 0) | (parity << 7)
  return bytesToHex(compact)
}

/**
 * Who signed `digest`; `null` for anything that is not a valid EIP-2098 signature with a low s, so that each
 * signature has one form only.
 */
export function recoverAddress(digest: Hex, signature: Hex): Address | null {
  if (!isHex(signature, 64)) return null
  const rs = hexToBytes(signature)
  const parity = (rs[32] ?? 0) >> 7
  rs[32] = (rs[32] ?? 0) & 0x7f
  if (BigInt(bytesToHex(rs.subarray(32))) > HALF_ORDER) return null
  try {
    return addressOf(curve.recover(hexToBytes(digest), { rs, parity }))
  } catch {
    return null
  }
}
