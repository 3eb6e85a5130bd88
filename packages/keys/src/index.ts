export * from './ecdsa.ts'
export * from './frost.ts'
export * from './keystore.ts'
export * from './voteGuard.ts'
