/** A thread that makes one run after the other. */
import { parentPort } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
const { simulate } = await import('./simulate.ts')

parentPort?.on('message', async ({ seed, scenario }) => {
  try {
    parentPort?.postMessage({ outcome: await simulate(seed, scenario) })
  } catch (error) {
    parentPort?.postMessage({
      seed,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  }
})
