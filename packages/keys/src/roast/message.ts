/** What guardians say to each other to sign. The transport authenticates the sender. */
import {
  bool,
  type Codec,
  decode,
  encode,
  fixed,
  list,
  type Of,
  struct,
  type Tagged,
  u8,
  u32,
  u256,
  union,
} from '@breakwater/kernel'
import { MAX_MEMBERS } from '../dkg/message.ts'
import { POINT_BYTES, SCALAR_BYTES } from '../group.ts'
import type { NonceCommitment, SessionSigner } from '../signingSession.ts'

/** Nonces that a signer publishes at once for one coordinator. */
export const NONCE_BATCH = 8

const commitment = struct<NonceCommitment>({ hiding: fixed(POINT_BYTES), binding: fixed(POINT_BYTES) })
const sessionSigner = struct<SessionSigner>({
  guardian: u8,
  hiding: fixed(POINT_BYTES),
  binding: fixed(POINT_BYTES),
})

const codecs = {
  /**
   * Nonces that the receiver may ask the sender to use. `fresh`: earlier ones are void. `ask`: the sender lacks the
   * receiver's.
   */
  nonces: struct({ commitments: list(commitment, NONCE_BATCH), fresh: bool, ask: bool }),
  /** The sender coordinates a session over a digest: sign with these. */
  request: struct({ digest: fixed(32), session: u32, signers: list(sessionSigner, MAX_MEMBERS) }),
  /** The sender's share, and nonces in place of those that it used. */
  share: struct({ digest: fixed(32), session: u32, share: fixed(SCALAR_BYTES), next: commitment }),
  /** The group's signature. */
  signature: struct({ digest: fixed(32), rx: u256, ry: u256, z: u256 }),
}

type Shapes = { [K in keyof typeof codecs]: Of<(typeof codecs)[K]> }
export type RoastMessage = Tagged<Shapes>
export type NonceBatch = Extract<RoastMessage, { kind: 'nonces' }>
export type SignRequest = Extract<RoastMessage, { kind: 'request' }>
export type ShareMessage = Extract<RoastMessage, { kind: 'share' }>

const messageCodec: Codec<RoastMessage> = union<Shapes>(codecs)

export function encodeRoastMessage(message: RoastMessage): Uint8Array {
  return encode(messageCodec, message)
}

/** @throws KERNEL_DECODE for anything that is not exactly one message. */
export function decodeRoastMessage(bytes: Uint8Array): RoastMessage {
  return decode(messageCodec, bytes)
}
