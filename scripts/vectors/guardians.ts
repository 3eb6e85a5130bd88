import {
  type Address,
  concatHex,
  domainSeparator,
  type Hex,
  keccak,
  keccakText,
  typedDigest,
} from '@breakwater/kernel'
import { createLocalSigner, type Signer } from '@breakwater/keys'

export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The registry that judges, in its first epoch. */
export const DOMAIN = {
  chainId: 31337n,
  registry: '0x00000000000000000000000000000000006ea4d5' as Address,
  epoch: 1n,
}

/** Four guardians, and a stranger. */
export const [SIGNERS, STRANGER] = ((): [readonly Signer[], Signer] => {
  const signer = (name: string) => createLocalSigner(keccakText(`breakwater vectors: ${name}`))
  return [[0, 1, 2, 3].map((index) => signer(`guardian ${index}`)), signer('stranger')]
})()

/** By name, because forge reads objects and the linter would fold a list. */
export const GUARDIANS = Object.fromEntries(SIGNERS.map(({ address }, index) => [`${index}`, address]))

/** EIP-712 digest of a struct that only the registry knows so far. */
export function registryDigest(type: string, words: readonly Hex[], chainId = DOMAIN.chainId): Hex {
  const separator = domainSeparator({
    name: 'Breakwater Guardian',
    version: '1',
    chainId,
    verifyingContract: DOMAIN.registry,
  })
  return typedDigest(separator, keccak(concatHex([keccakText(type), ...words])))
}

/** The other form of a compact signature, s' = order - s with the other parity, which nobody may accept. */
export function mirror(signature: Hex): Hex {
  const vs = BigInt(`0x${signature.slice(66)}`)
  const [s, parity] = [vs & (2n ** 255n - 1n), vs >> 255n]
  // The upper half of the order does not fit beside the parity, and spills into its bit.
  const mirrored = (ORDER - s) | ((1n - parity) << 255n)
  return `${signature.slice(0, 66) as Hex}${mirrored.toString(16).padStart(64, '0')}`
}
