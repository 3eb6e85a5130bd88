export {
  actionErrand,
  type Carrier,
  type CarrierListener,
  createCarrier,
  type Errand,
  heartbeatErrand,
} from './carrier.ts'
export { createRespondDuty, type RespondDeps } from './duty.ts'
export { dueHeartbeat } from './heartbeat.ts'
export {
  EXECUTED,
  LAST_HEARTBEAT,
  type Reaction,
  reactionsOf,
  respondNeeds,
  specHashOf,
  statusLevelOf,
  statusUntilOf,
} from './needs.ts'
export type { RespondState } from './opening.ts'
export { actionsOf, deadlineSeconds, payloadCodec, type RespondPayload, reactionOf } from './payload.ts'
export { type Plan, type Proposal, planResponses, registrationGaps } from './plan.ts'
export { type Bid, type Call, createSender, type Sender } from './sender.ts'
export { signTransaction } from './transaction.ts'
