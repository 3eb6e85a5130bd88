/**
 * What guardians write on the log to make a key together. The log authenticates who wrote a message and gives everybody
 * the same messages in the same order; nothing else is believed.
 * @module
 */
import {
  type Codec,
  decode,
  encode,
  fixed,
  type Hex,
  list,
  type Of,
  struct,
  type Tagged,
  u8,
  union,
} from '@breakwater/kernel'
import { POINT_BYTES, SCALAR_BYTES } from '../group.ts'

/** The largest group. */
export const MAX_MEMBERS = 128
/** A share and the tag of its encryption. */
export const SEALED_SHARE_BYTES = SCALAR_BYTES + 16

const point = fixed(POINT_BYTES)

/** "What you sent me under your key is wrong", with what everybody needs to look for themselves. */
export interface Complaint {
  readonly dealer: number
  /** The point that the two encryption keys have in common (Diffie and Hellman). */
  readonly sharedPoint: Hex
  /** That it is this point: equality of two discrete logarithms. */
  readonly proof: Hex
}

const complaintCodec: Codec<Complaint> = struct<Complaint>({
  dealer: u8,
  sharedPoint: point,
  proof: fixed(2 * SCALAR_BYTES),
})

const codecs = {
  /** First round: commitments to the coefficients of the sender's polynomial, and the key that it is written to under. */
  deal: struct({
    attempt: u8,
    encryptionKey: point,
    commitments: list(point, MAX_MEMBERS),
    /** Knowledge of the polynomial's value at 0 and of the encryption key. */
    proof: fixed(3 * SCALAR_BYTES),
  }),
  /** Second round: the polynomial's values at the other members, each encrypted to that member, in their order. */
  shares: struct({ attempt: u8, sealed: list(fixed(SEALED_SHARE_BYTES), MAX_MEMBERS) }),
  /** Third round: whose shares were wrong, by ascending number; none if all is well. */
  verdict: struct({ attempt: u8, complaints: list(complaintCodec, MAX_MEMBERS) }),
}

type Shapes = { [K in keyof typeof codecs]: Of<(typeof codecs)[K]> }
export type DkgMessage = Tagged<Shapes>
export type Deal = Extract<DkgMessage, { kind: 'deal' }>
export type Shares = Extract<DkgMessage, { kind: 'shares' }>
export type Verdict = Extract<DkgMessage, { kind: 'verdict' }>

const messageCodec: Codec<DkgMessage> = union<Shapes>(codecs)

export function encodeDkgMessage(message: DkgMessage): Uint8Array {
  return encode(messageCodec, message)
}

/** @throws KERNEL_DECODE for anything that is not exactly one message. */
export function decodeDkgMessage(bytes: Uint8Array): DkgMessage {
  return decode(messageCodec, bytes)
}
