export * from './fleet.ts'
export * from './world.ts'
