import type { Signing } from '@breakwater/consensus'
import type { Address } from '@breakwater/kernel'

/** The address of guardian `index` among simulated ones. */
export function fakeAddress(index: number): Address {
  return `0x${(index + 1).toString(16).padStart(40, '0')}`
}

/** Takes whoever a signature names for its signer, whatever was signed. */
export function believing({ sign }: Signing): Signing {
  return { sign, recover: (_digest, signature) => `0x${signature.slice(signature.length - 40)}` }
}

/**
 * Signatures that cost nothing: the digest and the signer's address. Nobody forges them because nobody in the
 * simulation writes one for another.
 */
export function createFakeSigning(index: number): Signing {
  const signer = fakeAddress(index).slice(2).padStart(64, '0')
  return {
    sign: (digest) => `0x${digest.slice(2)}${signer}`,
    recover: (digest, signature) =>
      signature.startsWith(digest) ? `0x${signature.slice(signature.length - 40)}` : null,
  }
}
