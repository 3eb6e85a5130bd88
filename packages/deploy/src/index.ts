export { type AddressBook, formatBook, parseBook } from './book.ts'
export {
  ASSETS,
  type Asset,
  type FlowLimit,
  feedOf,
  HARBOR,
  type Harbor,
  type HarborOptions,
  type InlineProtection,
  marketId,
  planHarbor,
} from './harbor/plan.ts'
export type { HarborAddresses } from './harbor/specification.ts'
export { type Artifact, type CallOptions, createPlan, type Plan, type Step } from './plan.ts'
export { type DeployChain, type RunOptions, type RunResult, runPlan } from './run.ts'
export { openSendingChain } from './sending.ts'
