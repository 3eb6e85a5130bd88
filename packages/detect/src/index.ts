export * from './history.ts'
export * from './tally.ts'
