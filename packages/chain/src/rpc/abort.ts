import { setMaxListeners } from 'node:events'

/** Calls `listener` when `signal` aborts; returns what takes that back. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {}
  setMaxListeners(0, signal) // parallel requests share one signal, which Node would take for a leak
  signal.addEventListener('abort', listener)
  return () => signal.removeEventListener('abort', listener)
}
