import { Worker } from 'node:worker_threads'
import { BaseError } from '@breakwater/kernel'
import type { Outcome, Scenario } from './options.ts'

/** One run to make. */
export interface Order {
  readonly seed: number
  readonly scenario: Scenario
}

/** What a thread answers: an outcome, or what went wrong in the simulator itself. */
export type Report = { readonly outcome: Outcome } | { readonly seed: number; readonly error: string }

/** Threads that make runs. */
export interface Squad {
  /** Resolves when all are done, in any order. @throws SIM_BROKEN when one fails by itself. */
  run(orders: Iterator<Order>, onOutcome: (outcome: Outcome) => void): Promise<void>
  end(): Promise<void>
}

export function createSquad(threads: number): Squad {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./squadWorker.mjs', import.meta.url)),
  )
  return {
    async run(orders, onOutcome) {
      await Promise.all(workers.map((worker) => employ(worker, orders, onOutcome)))
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Gives a thread one order after the other, as long as there are any. */
function employ(worker: Worker, left: Iterator<Order>, onOutcome: (outcome: Outcome) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let seed: number | null = null
    const next = (): void => {
      const order = left.next()
      if (order.done) {
        resolve()
        return
      }
      seed = order.value.seed
      worker.postMessage(order.value)
    }
    worker.on('message', (report: Report) => {
      if ('error' in report) return reject(broken(report.seed, report.error))
      onOutcome(report.outcome)
      next()
    })
    worker.once('error', (error) => reject(broken(seed, error.message)))
    next()
  })
}

function broken(seed: number | null, reason: string): BaseError {
  return new BaseError('SIM_BROKEN', `the simulation of seed ${seed} failed by itself: ${reason}`, {
    meta: { seed },
    hint: 'this is a fault of the simulator or of the driver in it: replay the seed and mend it',
  })
}
