export * from './cost.ts'
export * from './dkg.ts'
export {
  createLedger,
  type DkgBlock,
  type DkgFault,
  type DkgPhase,
  type Exclusion,
  type Ledger,
} from './dkgLedger.ts'
export * from './dkgMessage.ts'
export type { DkgSession } from './dkgSession.ts'
export * from './ecdsa.ts'
export * from './frost.ts'
export * from './frostGroup.ts'
export * from './keystore.ts'
export * from './roast.ts'
export * from './roastEffect.ts'
export * from './roastMessage.ts'
export * from './shareSeal.ts'
export * from './signingEngine.ts'
export * from './signingSession.ts'
export * from './voteGuard.ts'
export * from './worker/signingWorker.ts'
