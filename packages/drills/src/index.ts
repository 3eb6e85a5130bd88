export { DRILLS } from './catalogue.ts'
export { devAddress, devKey } from './chain/accounts.ts'
export { type BareChain, startBareChain } from './chain/bareChain.ts'
export type { DevNode } from './chain/devNode.ts'
export type { Drill } from './drill/drill.ts'
export {
  type Fleet,
  type FleetGuardian,
  type FleetOptions,
  type GuardianView,
  guardianAddresses,
  startFleet,
} from './fleet.ts'
export type { AttackView } from './live/attack.ts'
export { type Devnet, type DevnetOptions, startDevnet } from './live/devnet.ts'
export type { MarketView } from './live/market.ts'
export { type ProcessFleetOptions, startProcessFleet } from './processes.ts'
export { type DrillResult, type RunOptions, runDrill } from './run/run.ts'
export { createWorld, type World } from './world.ts'
