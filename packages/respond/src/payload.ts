import {
  type Action,
  concatHex,
  fixed,
  type Hex,
  incidentId,
  keccakText,
  list,
  struct,
  text,
  toWord,
  u64,
} from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import { type Reaction, reactionsOf } from './needs.ts'

/** What guardians order: to respond to the block named here by these responses of the specification. */
export interface RespondPayload {
  anchorNumber: bigint
  anchorHash: Hex
  anchorSeconds: bigint
  /** Ids of responses, at most one for each target. */
  responses: readonly string[]
}

/** As many, and as long ids, as a specification can have. */
export const payloadCodec = struct<RespondPayload>({
  anchorNumber: u64,
  anchorHash: fixed(32),
  anchorSeconds: u64,
  responses: list(text(96), 256),
})

/** The last part of its time in which a brake whose cause has not gone is renewed: no block may lie between the two. */
export function renewalSeconds(durationSeconds: number): bigint {
  return BigInt(durationSeconds) / 4n
}

const SHORTEST_DEADLINE_SECONDS = 60n
const LONGEST_DEADLINE_SECONDS = 300n

/**
 * For how long after its block an action may be executed. Not beyond the moment at which its brake would have to be
 * renewed: what may still be on its way stands in the way of a renewal.
 */
export function deadlineSeconds(durationSeconds: number): bigint {
  const renewed = BigInt(durationSeconds) - renewalSeconds(durationSeconds)
  if (renewed < SHORTEST_DEADLINE_SECONDS) return SHORTEST_DEADLINE_SECONDS
  return renewed > LONGEST_DEADLINE_SECONDS ? LONGEST_DEADLINE_SECONDS : renewed
}

const SELECTORS: Readonly<Record<Reaction['do'], Hex | null>> = {
  alert: null,
  delayWithdrawals: keccakText('delayWithdrawalsFor(uint256)').slice(0, 10) as Hex,
  reduceOnly: keccakText('reduceOnlyFor(uint256)').slice(0, 10) as Hex,
  pause: keccakText('pauseFor(uint256)').slice(0, 10) as Hex,
}

/** The actions that a payload stands for: they follow from it and the specification alone. */
export function actionsOf(spec: Spec, epoch: bigint, payload: RespondPayload): readonly Action[] {
  const { anchorNumber, anchorHash, anchorSeconds, responses } = payload
  return reactionsOf(spec)
    .filter(({ id }) => responses.includes(id))
    .flatMap((reaction) => {
      const selector = SELECTORS[reaction.do]
      const incident = incidentOf(spec, reaction, anchorHash)
      if (selector === null || incident === null) return []
      const { chainId, breaker, target, specHash } = incident
      const { level, durationSeconds } = reaction
      return {
        ...{ chainId, breaker, target, level, durationSeconds, specHash, epoch },
        data: concatHex([selector, toWord(BigInt(durationSeconds))]),
        incidentId: incidentId(incident),
        ...{ anchorNumber, anchorHash, deadlineSeconds: anchorSeconds + deadlineSeconds(durationSeconds) },
      }
    })
}

/** The response that an action carries out; `undefined` when it is none of this specification. */
export function reactionOf(spec: Spec, action: Action): Reaction | undefined {
  return reactionsOf(spec).find((reaction) => {
    const incident = incidentOf(spec, reaction, action.anchorHash)
    return incident !== null && incidentId(incident) === action.incidentId
  })
}

function incidentOf({ chainId, hash, guardians }: Spec, { id, target }: Reaction, anchorHash: Hex) {
  if (guardians === undefined) return null
  const { breaker } = guardians
  return { chainId, breaker, specHash: hash, rule: id, target: target.address, anchorHash }
}
