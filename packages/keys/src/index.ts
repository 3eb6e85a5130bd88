export * from './cost.ts'
export * from './dkg/dkg.ts'
export {
  createLedger,
  type DkgBlock,
  type DkgFault,
  type DkgPhase,
  type Exclusion,
  type Ledger,
} from './dkg/ledger.ts'
export * from './dkg/message.ts'
export type { DkgSession } from './dkg/session.ts'
export * from './ecdsa.ts'
export * from './frost.ts'
export * from './frostGroup.ts'
export * from './keystore.ts'
export * from './roast/effect.ts'
export * from './roast/message.ts'
export * from './roast/roast.ts'
export * from './shareSeal.ts'
export * from './signingEngine.ts'
export * from './signingSession.ts'
export * from './voteGuard.ts'
export * from './worker/signingWorker.ts'
