/**
 * What makes a key of the transport that of a guardian: the guardian's own signature, as typed data (EIP-712), over the
 * key's hash, in the domain of the registry that knows the guardian. It is the first frame that either side sends.
 *
 * TLS proves that the other end holds the key of the certificate that it shows; the binding says whose key that is. So
 * who copies a guardian's binding lacks the key, and a binding for somebody else's key is of use only to the somebody,
 * who would have to send it himself.
 * @module
 */
import {
  type Address,
  BaseError,
  type Codec,
  concatHex,
  decode,
  domainSeparator,
  encode,
  fixed,
  type Hex,
  keccak,
  keccakText,
  struct,
  toWord,
  typedDigest,
  u64,
  u256,
} from '@breakwater/kernel'
import { recoverAddress, type Signer } from '@breakwater/keys'

/** The network of guardians that a binding is good for. */
export interface Realm {
  readonly chainId: bigint
  /** The guardian registry on that chain. */
  readonly registry: Address
}

export interface Binding extends Realm {
  readonly guardian: Address
  /** Seconds since 1970 from which on it is void. */
  readonly expirySeconds: bigint
  /** EIP-2098 compact, 64 bytes. */
  readonly signature: Hex
}

const bindingCodec: Codec<Binding> = struct<Binding>({
  chainId: u256,
  registry: fixed(20),
  guardian: fixed(20),
  expirySeconds: u64,
  signature: fixed(64),
})
export const BINDING_BYTES = 32 + 20 + 20 + 8 + 64

const TRANSPORT_TYPE_HASH = keccakText('Transport(address guardian,bytes32 keyHash,uint64 expirySeconds)')

type Claim = Omit<Binding, 'signature'>

/** The EIP-712 digest that a guardian signs. `keyHash`: SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
export function bindingDigest({ chainId, registry, guardian, expirySeconds }: Claim, keyHash: Hex): Hex {
  const separator = domainSeparator({
    name: 'Breakwater Guardian',
    version: '1',
    chainId,
    verifyingContract: registry,
  })
  const words = [TRANSPORT_TYPE_HASH, toWord(BigInt(guardian)), keyHash, toWord(expirySeconds)]
  return typedDigest(separator, keccak(concatHex(words)))
}

export function signBinding(
  { chainId, registry }: Realm,
  signer: Signer,
  keyHash: Hex,
  expirySeconds: bigint,
): Uint8Array {
  const claim: Claim = { chainId, registry, guardian: signer.address, expirySeconds }
  return encode(bindingCodec, { ...claim, signature: signer.sign(bindingDigest(claim, keyHash)) })
}

/**
 * Who holds the key, and until when that can be relied on. Whether that is a guardian is not judged here.
 * @throws KERNEL_DECODE, NODE_PEER_REALM, NODE_PEER_EXPIRED, NODE_PEER_FORGED
 */
export function verifyBinding(bytes: Uint8Array, keyHash: Hex, realm: Realm, nowSeconds: bigint): Binding {
  const binding = decode(bindingCodec, bytes)
  const { chainId, registry, guardian, expirySeconds, signature } = binding
  if (chainId !== realm.chainId || registry !== realm.registry) {
    throw new BaseError('NODE_PEER_REALM', `the peer is of the registry eip155:${chainId}:${registry}`, {
      meta: { chainId, registry },
      hint: `this guardian is of eip155:${realm.chainId}:${realm.registry}: check both specifications, and the address book`,
    })
  }
  if (expirySeconds <= nowSeconds) {
    throw new BaseError('NODE_PEER_EXPIRED', `the peer's binding ended ${nowSeconds - expirySeconds} s ago`, {
      meta: { guardian, expirySeconds },
      hint: 'bindings are signed anew for each connection: check the clocks of both machines',
    })
  }
  if (recoverAddress(bindingDigest(binding, keyHash), signature) !== guardian) {
    throw new BaseError('NODE_PEER_FORGED', `the peer says that it is ${guardian}, and did not prove it`, {
      meta: { guardian },
      hint: 'somebody pretends to be this guardian: look at who connects from that machine',
    })
  }
  return binding
}
