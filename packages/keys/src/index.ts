export * from './ecdsa.ts'
export * from './keystore.ts'
