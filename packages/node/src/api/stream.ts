import { toJson } from '@breakwater/kernel'
import type { SSEStreamingApi } from 'hono/streaming'
import type { Events } from '../events.ts'

/** Events that a reader may be behind; one that does not read would fill the guardian's memory. */
const MAX_BACKLOG = 1000
const KEEP_ALIVE_MS = 15_000

/** Sends events as they happen until the reader goes, or falls too far behind. */
export async function streamEvents(stream: SSEStreamingApi, events: Events): Promise<void> {
  let backlog = 0
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  stream.onAbort(end)
  const send = (message: () => Promise<unknown>) => {
    if (++backlog > MAX_BACKLOG) end()
    else message().finally(() => backlog--)
  }
  const unsubscribe = events.subscribe((event) =>
    send(() => stream.writeSSE({ event: event.type, data: toJson(event) })),
  )
  const keepAlive = setInterval(() => send(() => stream.write(': still here\n\n')), KEEP_ALIVE_MS)
  await ended
  clearInterval(keepAlive)
  unsubscribe()
}
