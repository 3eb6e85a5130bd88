/**
 * What guardians say to each other. Votes and certificates prove themselves by signatures; of the rest, the transport
 * authenticates the sender. Everything is bounded before it is believed.
 * @module
 */
import {
  BaseError,
  blob,
  bool,
  type Codec,
  decode,
  encode,
  fixed,
  list,
  type Of,
  optional,
  struct,
  type Tagged,
  u8,
  u64,
  union,
} from '@breakwater/kernel'
import { type Block, blockCodec, MAX_PAYLOAD_BYTES } from './block.ts'
import { certificateCodec } from './certificate.ts'
import { signedVoteCodec } from './vote.ts'

/** Certificates that a proposal brings along, or that answer one question; whoever lacks more asks for them. */
export const MAX_CERTIFICATES = 16
/** Blocks in one answer. */
export const MAX_BLOCKS = 64
/** A proposal with the largest payload and 16 certificates of 255 guardians fits in. */
export const MAX_MESSAGE_BYTES = 524_288

const codecs = {
  /** The leader's block, the notarization of its parent, and the nullifications in between. */
  propose: struct({ block: blockCodec, justification: list(certificateCodec, MAX_CERTIFICATES) }),
  vote: struct({ vote: signedVoteCodec }),
  certificate: struct({ certificate: certificateCodec }),
  /** Asks for the certificates of this view and later ones. */
  askCertificates: struct({ fromView: u64 }),
  /** Asks for a block and its ancestors above a view. */
  askBlocks: struct({ digest: fixed(32), aboveView: u64 }),
  /** The block that was asked for, its parent, and so on. */
  blocks: struct<{ blocks: readonly Block[] }>({ blocks: list(blockCodec, MAX_BLOCKS) }),
  /** To the leader of a view: a payload that the sender would have ordered in it. */
  offer: struct({ view: u64, payload: blob(MAX_PAYLOAD_BYTES) }),
  /** A signature over the digest of a finalized action; `reply` asks for the receiver's own. */
  attest: struct({ digest: fixed(32), signature: fixed(64), reply: bool }),
  /** Asks which view the receiver is in. */
  askPosition: struct({ nonce: fixed(32) }),
  /** The answer: a certificate that led into the view; `null` in the first one. */
  position: struct({ nonce: fixed(32), certificate: optional(certificateCodec) }),
}

type Shapes = { [K in keyof typeof codecs]: Of<(typeof codecs)[K]> }
export type Message = Tagged<Shapes>
/** A signature over an action: it concerns the signing after consensus, not consensus. */
export type Attestation = Extract<Message, { kind: 'attest' }>
export type ConsensusMessage = Exclude<Message, Attestation>

const VERSION = 1
const envelope: Codec<{ version: number; epoch: bigint; message: Message }> = struct({
  version: u8,
  epoch: u64,
  message: union<Shapes>(codecs),
})

export function encodeMessage(epoch: bigint, message: Message): Uint8Array {
  return encode(envelope, { version: VERSION, epoch, message })
}

/** @throws KERNEL_DECODE, CONSENSUS_* for anything that is not one message of this version and epoch. */
export function decodeMessage(epoch: bigint, bytes: Uint8Array): Message {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new BaseError('CONSENSUS_MESSAGE_SIZE', `a message has ${bytes.length} bytes`, {
      hint: `at most ${MAX_MESSAGE_BYTES} are allowed`,
    })
  }
  const { version, epoch: actual, message } = decode(envelope, bytes)
  if (version !== VERSION || actual !== epoch) {
    throw new BaseError(
      'CONSENSUS_MESSAGE_EPOCH',
      `a message is of version ${version} and epoch ${actual}, not of version ${VERSION} and epoch ${epoch}`,
      { hint: 'the sender runs another version, or has not followed the registry', retry: 'later' },
    )
  }
  return message
}
