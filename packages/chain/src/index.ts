export type { Standing } from './consult.ts'
export { type Follower, follow } from './follower.ts'
export type { FollowOptions, Sink } from './following.ts'
export type { Header, Proof } from './header.ts'
export { headerHash, parseHeader } from './header.ts'
export { readRange } from './history.ts'
export { type BlockFacts, createReadPlan, type ReadPlan } from './plan.ts'
export { readReceipts, receiptsRoot } from './receipts.ts'
export { parseRpcUrl } from './rpc/address.ts'
export { connectRpc } from './rpc/connect.ts'
export { DEFAULT_RPC_OPTIONS, type Rpc, type RpcOptions } from './rpc/rpc.ts'
export type { ProviderSight, Sight } from './sight.ts'
export {
  type AgreedBlock,
  createSource,
  DEFAULT_GRACE_MS,
  type Source,
  type SourceOptions,
} from './source.ts'
export type { Finality, Start } from './start.ts'
export { type BlockTree, createTree, type Reorganisation } from './tree.ts'
