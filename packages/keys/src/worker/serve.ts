/** Inside the thread: one engine, one job after the other. */

import { webcrypto } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { assert, BaseError, type Rng, unreachable } from '@breakwater/kernel'
import { createSigningEngine, type SigningEngine } from '../signingEngine.ts'
import type { Reply, Request } from './protocol.ts'

assert(parentPort !== null, 'this file runs in a worker thread')
const port = parentPort
let engine: SigningEngine | null = null

const rng: Rng = {
  next: () => (webcrypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32,
  bytes: (count) => webcrypto.getRandomValues(new Uint8Array(count)),
}

/** Only what this house wrote is repeated: a library's message may quote the number that it complains about. */
const explain = (error: unknown) =>
  error instanceof BaseError ? `${error.code}: ${error.shortMessage}` : 'an error that is not repeated here'

function answer(request: Request): Reply | null {
  switch (request.kind) {
    case 'open':
      engine = createSigningEngine(request.share, rng)
      return { kind: 'ready' }
    case 'job':
      try {
        assert(engine !== null, 'the share comes before the first job')
        return { kind: 'result', id: request.id, result: engine.run(request.job) }
      } catch (error) {
        return { kind: 'failed', id: request.id, reason: explain(error) }
      }
    case 'close':
      port.close()
      return null
    default:
      return unreachable(request)
  }
}

port.on('message', (request: Request) => {
  const reply = answer(request)
  if (reply !== null) port.postMessage(reply)
})
