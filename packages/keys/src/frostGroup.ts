/**
 * What everybody knows of a group that signs with one key, and what one member knows more.
 * @module
 */
import { type Codec, fixed, type Hex, hexToBytes, list, struct, u8 } from '@breakwater/kernel'
import { MAX_MEMBERS } from './dkg/message.ts'
import { frost, type GroupKey, readGroupKey } from './frost.ts'
import { POINT_BYTES } from './group.ts'

export interface Group {
  /** How many members sign together. */
  readonly threshold: number
  /** Guardians by number, ascending. */
  readonly members: readonly number[]
  /** The group's public key, compressed. */
  readonly key: Hex
  /** By position in `members`: the member's secret share times the base point, compressed. */
  readonly verificationShares: readonly Hex[]
}

/** One member's part of the group's key. `secret` is never written anywhere but sealed. */
export interface GroupShare {
  readonly group: Group
  /** The member: a guardian's number. */
  readonly self: number
  /** 32 bytes, a scalar. */
  readonly secret: Uint8Array
}

/** FROST's identifier of a guardian: 0 is where the secret itself lies. */
export function identifierOf(guardian: number): number {
  return guardian + 1
}

export const frostIdentifier = (guardian: number): string =>
  frost.Identifier.fromNumber(identifierOf(guardian))

export const groupKeyOf = (group: Group): GroupKey => readGroupKey(hexToBytes(group.key))

export function verificationShare({ members, verificationShares }: Group, guardian: number): Hex | undefined {
  return verificationShares[members.indexOf(guardian)]
}

/** The group in the form that @noble/curves computes with. */
export function frostPublic({ threshold, members, key, verificationShares }: Group) {
  const shares = members.map((member, i) => [
    frostIdentifier(member),
    hexToBytes(verificationShares[i] ?? '0x'),
  ])
  return {
    signers: { min: threshold, max: members.length },
    commitments: [hexToBytes(key)],
    verifyingShares: Object.fromEntries(shares) as Record<string, Uint8Array>,
  }
}

export const groupCodec: Codec<Group> = struct<Group>({
  threshold: u8,
  members: list(u8, MAX_MEMBERS),
  key: fixed(POINT_BYTES),
  verificationShares: list(fixed(POINT_BYTES), MAX_MEMBERS),
})
