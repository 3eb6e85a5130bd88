import { devKey } from '@breakwater/drills'
import { type Address, concatHex, type Hex, hexToBytes, keccakText } from '@breakwater/kernel'
import {
  createLocalSigner,
  frost,
  type GroupKey,
  type GroupSignature,
  readGroupKey,
  readGroupSignature,
} from '@breakwater/keys'

/** Signatures of three of the four, in the order of their bits. */
export interface QuorumSignature {
  readonly bitmap: bigint
  readonly signatures: Hex
}

/** Four guardians with a group key, who sign whatever they are asked to. */
export interface GasGuardians {
  readonly addresses: readonly Address[]
  readonly groupKey: GroupKey
  sign(guardian: number, digest: Hex): Hex
  signByQuorum(digest: Hex): QuorumSignature
  signAsGroup(digest: Hex): GroupSignature
}

const SEED = 1
const COUNT = 4
const QUORUM = 3

/** The same bytes in every run, so that the figures are the same. They hide nothing. */
function createStream(): (length?: number) => Uint8Array {
  let drawn = 0
  return (length = 32) => {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 32) {
      bytes.set(hexToBytes(keccakText(`bench gas ${drawn++}`)).subarray(0, length - at), at)
    }
    return bytes
  }
}

export function createGasGuardians(): GasGuardians {
  const signers = Array.from({ length: COUNT }, (_, i) => createLocalSigner(devKey(SEED, `guardian ${i}`)))
  const random = createStream()
  const dealt = frost.trustedDealer({ min: QUORUM, max: COUNT }, undefined, undefined, random)
  const sign = (guardian: number, digest: Hex): Hex => signers[guardian]?.sign(digest) ?? '0x'
  return {
    addresses: signers.map(({ address }) => address),
    groupKey: readGroupKey(dealt.public.commitments[0] ?? new Uint8Array()),
    sign,
    signByQuorum: (digest) => ({
      bitmap: 2n ** BigInt(QUORUM) - 1n,
      signatures: concatHex(Array.from({ length: QUORUM }, (_, guardian) => sign(guardian, digest))),
    }),
    signAsGroup(digest) {
      const message = hexToBytes(digest)
      const prepared = Object.values(dealt.secretShares)
        .slice(0, QUORUM)
        .map((secret) => ({ secret, ...frost.commit(secret, random) }))
      const commitments = prepared.map((signer) => signer.commitments)
      const shares = prepared.map(({ secret, nonces }) => [
        secret.identifier,
        frost.signShare(secret, dealt.public, nonces, commitments, message),
      ])
      return readGroupSignature(
        frost.aggregate(dealt.public, commitments, message, Object.fromEntries(shares)),
      )
    },
  }
}
