import type { Evaluation } from '@breakwater/detect'
import { type Action, type Duty, decode, encode, type Hex, type Judgement } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import { actionsOf, payloadCodec, type RespondPayload } from './payload.ts'
import { type Plan, planResponses } from './plan.ts'

/** Actions that the log has ordered and that may still be on their way to the chain. */
export type RespondState = readonly Action[]

export interface RespondDeps {
  spec: Spec
  epoch: bigint
  /** The newest judged block; `null` while this guardian is blind, or has seen none. */
  head(): Evaluation | null
  /** A block as this guardian judged it; waits until it has come, `null` once the signal aborts or while blind. */
  evaluation(hash: Hex, signal: AbortSignal): Promise<Evaluation | null>
  isAncestor(hash: Hex, of: Hex): boolean
}

/**
 * The duty to respond: guardians order "act on this block by these responses". Nobody believes the proposer: each one
 * judges the same block by its own facts, and votes only if the specification asks the same of it.
 */
export function createRespondDuty(deps: RespondDeps): Duty<RespondPayload, RespondState, Action> {
  const { spec, epoch } = deps
  /** What the specification asks for and is neither in force nor ordered already. */
  const open = (plan: Plan, state: RespondState, { block }: Evaluation) =>
    plan.proposals.filter(
      ({ reaction }) =>
        !state.some(
          (action) =>
            action.target === reaction.target.address &&
            action.level >= reaction.level &&
            action.deadlineSeconds > block.timestampSeconds &&
            deps.isAncestor(action.anchorHash, block.hash),
        ),
    )
  return {
    id: 'respond',
    init: [],
    encode: (payload) => encode(payloadCodec, payload),
    decode: (bytes) => decode(payloadCodec, bytes),
    propose(state) {
      const head = deps.head()
      if (head === null) return null
      const responses = open(planResponses(spec, head), state, head).map(({ reaction }) => reaction.id)
      if (responses.length === 0) return null
      const { number: anchorNumber, hash: anchorHash, timestampSeconds: anchorSeconds } = head.block
      return { anchorNumber, anchorHash, anchorSeconds, responses }
    },
    async validate(state, payload, signal) {
      const evaluation = await deps.evaluation(payload.anchorHash, signal)
      if (evaluation === null) return 'abstain'
      const { block } = evaluation
      if (block.number !== payload.anchorNumber || block.timestampSeconds !== payload.anchorSeconds)
        return 'reject'
      const plan = planResponses(spec, evaluation)
      const asked = new Set(open(plan, state, evaluation).map(({ reaction }) => reaction.id))
      const isNew =
        new Set(payload.responses).size === payload.responses.length && payload.responses.length > 0
      if (isNew && payload.responses.every((id) => asked.has(id))) return 'accept'
      return refusal(evaluation, plan)
    },
    apply(state, payload, _at) {
      const actions = actionsOf(spec, epoch, payload)
      const current = state.filter(({ deadlineSeconds }) => deadlineSeconds > payload.anchorSeconds)
      return { state: [...current, ...actions], effects: actions }
    },
  }
}

/** Who could not judge everything does not call the others wrong. */
function refusal({ unknown }: Evaluation, plan: Plan): Judgement {
  return unknown.length > 0 || plan.unknown.length > 0 ? 'abstain' : 'reject'
}
