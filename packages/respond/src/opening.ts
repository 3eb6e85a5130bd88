import type { Evaluation } from '@breakwater/detect'
import type { Action, BlockRef, Hex } from '@breakwater/kernel'
import type { Reaction } from './needs.ts'
import { deadlineSeconds } from './payload.ts'
import { isInForce, type Plan, type Proposal } from './plan.ts'

/** Actions that the log has ordered and that may still be on their way to the chain. */
export type RespondState = readonly Action[]

/** What is still to be ordered. */
export interface Opening {
  /** What the specification asks for in a block and is neither in force nor ordered already. */
  open(plan: Plan, state: RespondState, evaluation: Evaluation): readonly Proposal[]
  /** Whether an action that rests on a block can still be executed after the head. */
  isTimely(reaction: Reaction, block: BlockRef, head: Evaluation): boolean
  /** Whether what a block asks for is worth ordering: nothing as strict holds, or is on its way, since. */
  isWanted(reaction: Reaction, block: BlockRef, state: RespondState, head: Evaluation): boolean
}

export function createOpening(isAncestor: (hash: Hex, of: Hex) => boolean): Opening {
  const covers = (action: Action, { target, level }: Reaction) =>
    action.target === target.address && action.level >= level
  /** The breaker takes actions on a target in the order of their anchors only: this one is void by then. */
  const isOvertaken = (action: Action, state: RespondState, { block }: Evaluation) =>
    state.some(
      (other) =>
        other.target === action.target &&
        other.anchorNumber > action.anchorNumber &&
        isAncestor(other.anchorHash, block.hash),
    )
  const isOnItsWay = (action: Action, state: RespondState, evaluation: Evaluation) =>
    action.deadlineSeconds > evaluation.block.timestampSeconds &&
    isAncestor(action.anchorHash, evaluation.block.hash) &&
    !isOvertaken(action, state, evaluation)
  const isTimely: Opening['isTimely'] = ({ durationSeconds }, block, head) =>
    head.block.timestampSeconds < block.timestampSeconds + deadlineSeconds(durationSeconds)
  return {
    isTimely,
    open: (plan, state, evaluation) =>
      plan.proposals.filter(
        ({ reaction }) =>
          !state.some((action) => covers(action, reaction) && isOnItsWay(action, state, evaluation)),
      ),
    isWanted: (reaction, block, state, head) =>
      block.hash === head.block.hash ||
      (isTimely(reaction, block, head) &&
        !isInForce(reaction, head) &&
        !state.some((action) => covers(action, reaction) && isOnItsWay(action, state, head))),
  }
}
