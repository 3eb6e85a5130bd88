import { toJson } from '@breakwater/kernel'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { ApiSource } from './source.ts'
import { streamEvents } from './stream.ts'

const MAX_LIMIT = 1000
const MAX_STREAMS = 64

/** The guardian's HTTP interface: read-only, without secrets, JSON with bigints as decimal strings. */
export function createApp(source: ApiSource): Hono {
  const app = new Hono()
  let streams = 0
  const json = (body: unknown, status = 200) =>
    new Response(`${toJson(body)}\n`, { status, headers: { 'content-type': 'application/json' } })
  const failure = (code: string, message: string, status: number) =>
    json({ error: { code, message } }, status)
  const limitOf = (text: string | undefined) => {
    const limit = text === undefined ? 100 : Number(text)
    return Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT ? limit : null
  }
  const badLimit = () => failure('NODE_QUERY', `limit must be a whole number from 1 to ${MAX_LIMIT}`, 400)

  app.get('/healthz', () => json({ ok: true }))
  app.get('/readyz', () => {
    const reasons = source.unready()
    return json({ ready: reasons.length === 0, reasons }, reasons.length === 0 ? 200 : 503)
  })
  app.get('/status', () => json(source.status()))
  app.get('/sight', () => json(source.sight()))
  app.get('/metrics', async () => {
    const { registry } = source.metrics
    // A store that fails must not hide the measures that say so.
    await source.measure().catch(source.onError)
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } })
  })
  app.get('/incidents', (c) => {
    const limit = limitOf(c.req.query('limit'))
    return limit === null ? badLimit() : json(source.incidents(limit))
  })
  app.get('/findings', async (c) => {
    const limit = limitOf(c.req.query('limit'))
    return limit === null ? badLimit() : json(await source.findings(limit, c.req.query('open') === 'true'))
  })
  app.get('/events', (c) => {
    if (streams >= MAX_STREAMS) return failure('NODE_STREAMS', `${MAX_STREAMS} read events already`, 503)
    streams++
    return streamSSE(c, (stream) => streamEvents(stream, source.events).finally(() => streams--))
  })
  app.notFound((c) => failure('NODE_NOT_FOUND', `there is nothing at ${c.req.path}`, 404))
  app.onError((error) => {
    source.onError(error)
    const code = 'code' in error ? String(error.code) : 'NODE_API'
    return failure(code, 'the answer could not be made; the log says why', 500)
  })
  return app
}
