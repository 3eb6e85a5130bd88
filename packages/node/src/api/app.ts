import type { Sight } from '@breakwater/chain'
import { toJson } from '@breakwater/kernel'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Events, Incident } from '../events.ts'
import type { Metrics } from '../metrics.ts'

/** What the API shows; the guardian answers each from its own memory or store. */
export interface ApiSource {
  /** Reasons why this guardian does not protect anything right now; empty when it does. */
  unready(): readonly string[]
  status(): object
  sight(): Sight
  incidents(limit: number): Promise<readonly Incident[]>
  /** Newest first. `open`: only those whose condition still holds. */
  findings(limit: number, open: boolean): Promise<readonly object[]>
  beforeMetrics(): Promise<void>
  metrics: Metrics
  events: Events
}

const MAX_LIMIT = 1000

/** The guardian's HTTP interface: read-only, without secrets, JSON with bigints as decimal strings. */
export function createApp(source: ApiSource): Hono {
  const app = new Hono()
  const json = (body: unknown, status = 200) =>
    new Response(`${toJson(body)}\n`, { status, headers: { 'content-type': 'application/json' } })
  const limitOf = (text: string | undefined) => {
    const limit = text === undefined ? 100 : Number(text)
    return Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT ? limit : null
  }
  const badLimit = () =>
    json(
      { error: { code: 'NODE_QUERY', message: `limit must be a whole number from 1 to ${MAX_LIMIT}` } },
      400,
    )

  app.get('/healthz', () => json({ ok: true }))
  app.get('/readyz', () => {
    const reasons = source.unready()
    return json({ ready: reasons.length === 0, reasons }, reasons.length === 0 ? 200 : 503)
  })
  app.get('/status', () => json(source.status()))
  app.get('/sight', () => json(source.sight()))
  app.get('/metrics', async () => {
    await source.beforeMetrics()
    const { registry } = source.metrics
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } })
  })
  app.get('/incidents', async (c) => {
    const limit = limitOf(c.req.query('limit'))
    return limit === null ? badLimit() : json(await source.incidents(limit))
  })
  app.get('/findings', async (c) => {
    const limit = limitOf(c.req.query('limit'))
    return limit === null ? badLimit() : json(await source.findings(limit, c.req.query('open') === 'true'))
  })
  app.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      const unsubscribe = source.events.subscribe((event) => {
        void stream.writeSSE({ event: event.type, data: toJson(event) })
      })
      await new Promise<void>((resolve) => stream.onAbort(resolve))
      unsubscribe()
    }),
  )
  app.notFound((c) =>
    json({ error: { code: 'NODE_NOT_FOUND', message: `there is nothing at ${c.req.path}` } }, 404),
  )
  app.onError((error) => {
    source.metrics.errors.inc({ part: 'api' })
    const code = 'code' in error ? String(error.code) : 'NODE_API'
    return json({ error: { code, message: 'the answer could not be made; the log says why' } }, 500)
  })
  return app
}
