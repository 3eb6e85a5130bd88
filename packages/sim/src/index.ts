export * from './options.ts'
export * from './simulate.ts'
