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

export const payloadCodec = struct<RespondPayload>({
  anchorNumber: u64,
  anchorHash: fixed(32),
  anchorSeconds: u64,
  responses: list(text(200), 64),
})

/** For how long after its block an action may be executed. */
export const DEADLINE_SECONDS = 300n

const SELECTORS: Readonly<Record<Reaction['do'], Hex | null>> = {
  alert: null,
  delayWithdrawals: keccakText('delayWithdrawalsFor(uint256)').slice(0, 10) as Hex,
  reduceOnly: keccakText('reduceOnlyFor(uint256)').slice(0, 10) as Hex,
  pause: keccakText('pauseFor(uint256)').slice(0, 10) as Hex,
}

/** The actions that a payload stands for: they follow from it and the specification alone. */
export function actionsOf(spec: Spec, epoch: bigint, payload: RespondPayload): readonly Action[] {
  const { guardians } = spec
  if (guardians === undefined) return []
  const { anchorNumber, anchorHash, anchorSeconds } = payload
  return reactionsOf(spec).flatMap((reaction) => {
    const selector = SELECTORS[reaction.do]
    if (selector === null || !payload.responses.includes(reaction.id)) return []
    const { chainId, hash: specHash } = spec
    const { breaker } = guardians
    const target = reaction.target.address
    return {
      ...{ chainId, breaker, target, level: reaction.level, durationSeconds: reaction.durationSeconds },
      data: concatHex([selector, toWord(BigInt(reaction.durationSeconds))]),
      incidentId: incidentId({ chainId, breaker, specHash, rule: reaction.id, target, anchorHash }),
      ...{ specHash, epoch, anchorNumber, anchorHash, deadlineSeconds: anchorSeconds + DEADLINE_SECONDS },
    }
  })
}
