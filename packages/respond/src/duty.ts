import type { Evaluation } from '@breakwater/detect'
import { type Action, type Duty, decode, encode, type Hex, type Judgement } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import { createOpening, type RespondState } from './opening.ts'
import { actionsOf, payloadCodec, type RespondPayload } from './payload.ts'
import { type Plan, planResponses } from './plan.ts'

export interface RespondDeps {
  spec: Spec
  epoch: bigint
  /** The newest judged block that may be acted on; `null` while this guardian is blind, or has seen none. */
  head(): Evaluation | null
  /** Such a block, or an older one, as this guardian judged it; waits for it, `null` once the signal aborts. */
  evaluation(hash: Hex, signal: AbortSignal): Promise<Evaluation | null>
  /** A block that this guardian has judged, if it still has it. */
  judged(hash: Hex): Evaluation | null
  isAncestor(hash: Hex, of: Hex): boolean
}

/** Harm that is seen in one block only must not be passed over because the next block came first. */
const LOOK_BACK_BLOCKS = 16

/**
 * The duty to respond: guardians order "act on this block by these responses". Nobody believes the proposer: each one
 * judges the same block by its own facts, and votes only if the specification asks the same of it.
 */
export function createRespondDuty(deps: RespondDeps): Duty<RespondPayload, RespondState, Action> {
  const { spec, epoch } = deps
  const { open, isTimely, isWanted } = createOpening(deps.isAncestor)
  return {
    id: 'respond',
    init: [],
    encode: (payload) => encode(payloadCodec, payload),
    decode: (bytes) => decode(payloadCodec, bytes),
    propose(state) {
      const head = deps.head()
      let evaluation = head
      for (let i = 0; i < LOOK_BACK_BLOCKS && head !== null && evaluation !== null; i++) {
        const { block } = evaluation
        const responses = open(planResponses(spec, evaluation), state, evaluation)
          .filter(({ reaction }) => isWanted(reaction, block, state, head))
          .map(({ reaction }) => reaction.id)
        if (responses.length > 0) {
          const { number: anchorNumber, hash: anchorHash, timestampSeconds: anchorSeconds } = block
          return { anchorNumber, anchorHash, anchorSeconds, responses }
        }
        evaluation = deps.judged(block.parentHash)
      }
      return null
    },
    async validate(state, payload, signal) {
      const evaluation = await deps.evaluation(payload.anchorHash, signal)
      const head = deps.head()
      if (evaluation === null || head === null) return 'abstain'
      const { block } = evaluation
      if (block.number !== payload.anchorNumber || block.timestampSeconds !== payload.anchorSeconds)
        return 'reject'
      // Nobody's lie, and no use either: the block is on another branch than this guardian's.
      if (!deps.isAncestor(block.hash, head.block.hash)) return 'abstain'
      const plan = planResponses(spec, evaluation)
      const proposals = open(plan, state, evaluation)
      const timely = proposals.filter(({ reaction }) => isTimely(reaction, block, head))
      const asked = new Set(timely.map(({ reaction }) => reaction.id))
      const { responses } = payload
      const areDistinct = responses.length > 0 && new Set(responses).size === responses.length
      if (areDistinct && responses.every((id) => asked.has(id))) return 'accept'
      return timely.length < proposals.length ? 'abstain' : refusal(evaluation, plan)
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
