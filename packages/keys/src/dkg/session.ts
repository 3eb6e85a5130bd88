/** What one run of the key generation is about, and the strings that its proofs and keys are bound to. */
import {
  type Address,
  BaseError,
  encode,
  fixed,
  type Hex,
  keccak,
  list,
  struct,
  text,
  u8,
  u64,
} from '@breakwater/kernel'
import { POINT_BYTES, SCALAR_BYTES } from '../group.ts'
import { type Deal, MAX_MEMBERS } from './message.ts'

/** One run for one epoch: the same for all guardians. */
export interface DkgSession {
  /** Chain and registry that the key is for. */
  readonly chainId: bigint
  readonly registry: Address
  readonly epoch: bigint
  /** How many guardians the epoch has; they are numbered from 0. */
  readonly guardians: number
  /** How many must sign together: n − f. */
  readonly threshold: number
  /** The position of the log at which the run begins. */
  readonly start: bigint
  /** How many blocks a round may take: enough that honest leaders propose one, whoever leaves messages out. */
  readonly roundBlocks: bigint
}

/** @throws KEYS_DKG_SESSION when no group can come of it. */
export function checkSession({ guardians, threshold, roundBlocks }: DkgSession): void {
  const refused = (reason: string, hint: string) =>
    new BaseError('KEYS_DKG_SESSION', `a group key of ${threshold} of ${guardians} guardians: ${reason}`, {
      meta: { guardians, threshold, roundBlocks },
      hint,
    })
  if (!Number.isInteger(guardians) || guardians > MAX_MEMBERS) {
    throw refused(`at most ${MAX_MEMBERS} guardians can share a key`, 'use certificates of single signatures')
  }
  if (!Number.isInteger(threshold) || threshold < 2 || threshold > guardians) {
    throw refused(
      'the threshold is not between 2 and their number',
      'a guardian on its own signs with its own key',
    )
  }
  if (2 * threshold <= guardians) {
    throw refused('a minority could sign, and two groups apart from each other', 'the threshold is n − f')
  }
  if (roundBlocks < 1n) throw refused(`a round has ${roundBlocks} blocks`, 'give it one at least')
}

/** What one attempt's proofs are bound to. An attempt never has the same as another one, whatever was excluded. */
export function attemptContext(session: DkgSession, attempt: number, members: readonly number[]): Hex {
  return keccak(encode(attemptCodec, { domain: 'breakwater/dkg/attempt/v1', ...session, attempt, members }))
}

/** What a member's own proofs are bound to. */
export function memberContext(context: Hex, member: number): Hex {
  return keccak(encode(memberCodec, { context, member }))
}

/** What the second round stands on: all deals of the first. */
export function transcriptHash(context: Hex, deals: readonly Deal[]): Hex {
  return keccak(encode(transcriptCodec, { context, deals }))
}

const attemptCodec = struct({
  domain: text(64),
  chainId: u64,
  registry: fixed(20),
  epoch: u64,
  guardians: u8,
  threshold: u8,
  start: u64,
  roundBlocks: u64,
  attempt: u8,
  members: list(u8, MAX_MEMBERS),
})
const memberCodec = struct({ context: fixed(32), member: u8 })
const transcriptCodec = struct({
  context: fixed(32),
  deals: list(
    struct({
      encryptionKey: fixed(POINT_BYTES),
      commitments: list(fixed(POINT_BYTES), MAX_MEMBERS),
      proof: fixed(3 * SCALAR_BYTES),
    }),
    MAX_MEMBERS,
  ),
})
