export * from './campaign.ts'
export * from './keptSeeds.ts'
export * from './options.ts'
export * from './simulate.ts'
