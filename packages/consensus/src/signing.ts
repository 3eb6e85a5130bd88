import type { Address, Hex } from '@breakwater/kernel'
import { recoverAddress, type Signer } from '@breakwater/keys'

/** What the core needs of cryptography. The simulator gives a cheap stand-in. */
export interface Signing {
  /** This guardian's EIP-2098 compact signature, 64 bytes, over a 32-byte digest. */
  sign(digest: Hex): Hex
  /** Who signed; `null` for anything but a valid signature in its one canonical form (low s). */
  recover(digest: Hex, signature: Hex): Address | null
}

/** secp256k1 with this guardian's own key. */
export function createSigning(signer: Signer): Signing {
  return { sign: signer.sign, recover: recoverAddress }
}
