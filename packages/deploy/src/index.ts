export { type AddressBook, formatBook, parseBook } from './book.ts'
export { type Deployment, parseDeployment } from './config.ts'
export {
  GOVERNANCE,
  type GovernanceOptions,
  planGovernance,
  planHandover,
  planSeat,
  type Seat,
} from './governance.ts'
export { type GuardsOptions, planGuards, STAKE } from './guards.ts'
export {
  ASSETS,
  type Asset,
  feedOf,
  type Ground,
  HARBOR,
  type Harbor,
  type HarborOptions,
  type InlineProtection,
  marketId,
  planDevnet,
  planDollar,
  planHarbor,
} from './harbor/plan.ts'
export type { HarborAddresses } from './harbor/specification.ts'
export { riskGroup } from './harbor/steward.ts'
export { type Artifact, type CallOptions, createPlan, type Plan, type Step } from './plan.ts'
export { type DeployChain, type Progress, type RunOptions, type RunResult, runPlan } from './run.ts'
export { openSendingChain } from './sending.ts'
export { planDeployment } from './whole.ts'
