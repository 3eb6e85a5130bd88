import {
  type Address,
  BaseError,
  type Codec,
  concatHex,
  domainSeparator,
  fixed,
  type Hex,
  keccak,
  keccakText,
  struct,
  toWord,
  typedDigest,
  u8,
  u64,
  ZERO_HASH,
} from '@breakwater/kernel'

/** "This block may stand in this view." Given after the guardian's own judgement of the payload. */
export const NOTARIZE = 0
/** "This view shall pass without a block." Its digest is zero. */
export const NULLIFY = 1
/** "This notarized block stands for ever." */
export const FINALIZE = 2
export type VoteKind = typeof NOTARIZE | typeof NULLIFY | typeof FINALIZE
export const VOTE_KINDS = [NOTARIZE, NULLIFY, FINALIZE] as const

export interface Vote {
  readonly kind: VoteKind
  readonly view: bigint
  /** The block's digest; zero for NULLIFY. */
  readonly digest: Hex
}

export interface SignedVote extends Vote {
  /** EIP-2098 compact, 64 bytes, over the vote's EIP-712 digest. It does not name the signer: recovery does. */
  readonly signature: Hex
}

export const NO_BLOCK: Hex = ZERO_HASH

const kindCodec: Codec<VoteKind> = {
  write: (out, value) => u8.write(out, value),
  read(input) {
    const byte = u8.read(input)
    const kind = VOTE_KINDS.find((known) => known === byte)
    if (kind !== undefined) return kind
    throw new BaseError('CONSENSUS_VOTE_KIND', 'a vote has a kind other than 0, 1 and 2', {
      hint: 'the sender runs another version, or the data was damaged',
    })
  },
}

export const voteFields = { kind: kindCodec, view: u64, digest: fixed(32) }
export const signedVoteCodec: Codec<SignedVote> = struct<SignedVote>({ ...voteFields, signature: fixed(64) })

const VOTE_TYPE_HASH = keccakText('Vote(uint64 epoch,uint64 view,uint8 kind,bytes32 digest)')

/** All guardians sign the same few digests of a view, and those of one process share the work. */
const RECENT_DIGESTS = 256
const recent = new Map<string, Hex>()

export interface VoteDomain {
  readonly epoch: bigint
  readonly chainId: bigint
  /** The guardian registry on that chain, which judges evidence. */
  readonly registry: Address
}

/** The EIP-712 digest of a vote, as guardians sign it and the registry checks it. */
export function createVoteDigest({ epoch, chainId, registry }: VoteDomain): (vote: Vote) => Hex {
  const separator = domainSeparator({
    name: 'Breakwater Guardian',
    version: '1',
    chainId,
    verifyingContract: registry,
  })
  return ({ kind, view, digest }) => {
    const key = `${separator} ${epoch} ${kind} ${view} ${digest}`
    const known = recent.get(key)
    if (known !== undefined) return known
    const words = [VOTE_TYPE_HASH, toWord(epoch), toWord(view), toWord(BigInt(kind)), digest]
    const result = typedDigest(separator, keccak(concatHex(words)))
    if (recent.size >= RECENT_DIGESTS) recent.clear()
    recent.set(key, result)
    return result
  }
}
