/**
 * The signing engine in a thread of its own, so that neither a share nor finding out who cheated holds up the event
 * loop. Secret and nonces stay there.
 * @module
 */
import { Worker } from 'node:worker_threads'
import { BaseError } from '@breakwater/kernel'
import type { GroupShare } from '../frostGroup.ts'
import type { SigningJob, SigningResult } from '../signingEngine.ts'
import type { Reply, Request } from './protocol.ts'

export interface SigningWorker {
  /** In the order of the calls. @throws KEYS_SIGNING_FAILED for this job, KEYS_SIGNING_STOPPED when the thread is gone. */
  run(job: SigningJob): Promise<SigningResult>
  /** Resolves once the thread has ended; nonces end with it. */
  close(): Promise<void>
}

function failed(reason: string): BaseError {
  return new BaseError('KEYS_SIGNING_FAILED', `the signing engine failed: ${reason}`, {
    hint: 'the action is certified by single signatures; the share may be damaged: make it again from the log',
  })
}

/**
 * Takes the share over: its secret is moved to the thread, and `share.secret` is erased here.
 * @throws KEYS_SIGNING_STOPPED when the thread does not start
 */
export async function openSigningWorker(share: GroupShare): Promise<SigningWorker> {
  const worker = new Worker(new URL('./entry.mjs', import.meta.url), { name: 'signing' })
  const waiting = new Map<number, { resolve(result: SigningResult): void; reject(error: Error): void }>()
  let lastId = 0
  let stopped: BaseError | null = null
  const stop = (reason: string): void => {
    stopped ??= new BaseError('KEYS_SIGNING_STOPPED', `the signing thread has ended: ${reason}`, {
      hint: 'open it again; actions are certified by single signatures meanwhile',
      retry: 'later',
    })
    for (const { reject } of waiting.values()) reject(stopped)
    waiting.clear()
  }
  const send = (request: Request, moved: ArrayBuffer[] = []): void => worker.postMessage(request, moved)
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      stop(`exit code ${code}`)
      resolve()
    })
  })
  // Its message is not repeated: it may come from a library that quotes what it computes with.
  worker.on('error', (error: NodeJS.ErrnoException) => stop(error.code ?? error.name))
  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'ready') return
    const waiter = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.kind === 'result') waiter?.resolve(reply.result)
    else waiter?.reject(failed(reply.reason))
  })

  const secret = share.secret.slice()
  send({ kind: 'open', share: { ...share, secret } }, [secret.buffer])
  share.secret.fill(0)
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    void ended.then(() => reject(stopped))
  })
  return {
    run(job) {
      if (stopped !== null) return Promise.reject(stopped)
      const id = ++lastId
      const result = new Promise<SigningResult>((resolve, reject) => waiting.set(id, { resolve, reject }))
      send({ kind: 'job', id, job })
      return result
    },
    async close() {
      send({ kind: 'close' })
      await ended
    },
  }
}
