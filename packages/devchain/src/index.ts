export * from './anvil.ts'
export * from './lyingProxy.ts'
