import { describe, expect, it } from 'vitest'
import { factsOf, findingOf, hashOf } from '../../test/blocks.ts'
import { createEvents, type GuardianEvent, type Incident } from '../events.ts'
import { createMetrics } from '../metrics.ts'
import { createApp } from './app.ts'
import type { ApiSource } from './source.ts'

const incident = (n: number): Incident => ({
  ...{ id: hashOf(n), rule: 'pause', target: 'vault', level: 3, status: 'executed', findings: ['bad'] },
  ...{
    anchorNumber: 2n ** 60n,
    anchorHash: hashOf(n),
    untilSeconds: 5n,
    signers: 3,
    txHash: null,
    openedAtMs: n,
  },
})
const event = (toNumber: bigint): GuardianEvent => ({ type: 'reorg', removed: 1, toNumber })

function stage(more: Partial<ApiSource> = {}) {
  const errors: unknown[] = []
  const events = createEvents(() => {})
  const metrics = createMetrics()
  const source: ApiSource = {
    unready: () => [],
    status: () => ({ head: { number: 2n ** 60n } }),
    sight: () => ({ state: 'clear', reason: '', sinceMs: 1, isUnverified: false, providers: [] }),
    incidents: (limit) => [3, 2, 1].map(incident).slice(0, limit),
    findings: async (limit, open) =>
      Array.from({ length: Math.min(limit, open ? 1 : 150) }, (_, n) => findingOf(factsOf(n), `k${n}`)),
    measure: async () => {},
    ...{ metrics, events, onError: (error: unknown) => void errors.push(error) },
    ...more,
  }
  const app = createApp(source)
  const get = async (path: string, init?: RequestInit) => {
    const response = await app.request(path, init)
    const text = await response.text()
    return { status: response.status, type: response.headers.get('content-type'), text }
  }
  return { app, get, errors, events, metrics }
}

describe('the HTTP interface', () => {
  it('is alive, and ready as long as nothing stands against it', async () => {
    expect(await stage().get('/healthz')).toMatchObject({ status: 200, text: '{"ok":true}\n' })
    expect(await stage().get('/readyz')).toMatchObject({ status: 200, text: '{"ready":true,"reasons":[]}\n' })
    const blind = stage({ unready: () => ['blind: no provider answers'] })
    expect(await blind.get('/readyz')).toMatchObject({
      status: 503,
      text: '{"ready":false,"reasons":["blind: no provider answers"]}\n',
    })
  })

  it('answers in JSON, numbers beyond 2^53 as decimal strings', async () => {
    const { get } = stage()
    const { text, type } = await get('/status')
    expect([text, type]).toEqual([`{"head":{"number":"${2n ** 60n}"}}\n`, 'application/json'])
    const [first] = JSON.parse((await get('/incidents')).text)
    expect(first).toMatchObject({ id: hashOf(3), anchorNumber: String(2n ** 60n) })
    expect(JSON.parse((await get('/sight')).text)).toMatchObject({ state: 'clear' })
  })

  it('lists as many as are wanted, a hundred without a wish, and no more than a thousand', async () => {
    const { get } = stage()
    const count = async (path: string) => JSON.parse((await get(path)).text).length
    expect(await count('/incidents?limit=2')).toBe(2)
    expect(await count('/findings')).toBe(100)
    expect(await count('/findings?limit=120')).toBe(120)
    expect(await count('/findings?open=true')).toBe(1)
    for (const limit of ['0', '-1', '1001', '1.5', 'many', '', '1e3x', '%00']) {
      for (const path of ['/findings', '/incidents']) {
        const { status, text } = await get(`${path}?limit=${limit}`)
        expect([limit, status]).toEqual([limit, 400])
        expect(JSON.parse(text).error).toMatchObject({
          code: 'NODE_QUERY',
          message: expect.stringContaining('1000'),
        })
      }
    }
  })

  it('has nothing else, and takes nothing', async () => {
    const { get } = stage()
    const { status, text } = await get('/secrets')
    expect([status, JSON.parse(text)]).toEqual([
      404,
      { error: { code: 'NODE_NOT_FOUND', message: 'there is nothing at /secrets' } },
    ])
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect((await get('/status', { method })).status).toBe(404)
    }
  })

  it('says nothing about an error but its code; the log has the rest', async () => {
    const cause = Object.assign(new Error('password=hunter2'), { code: 'ECONNREFUSED' })
    const { get, errors } = stage({ findings: () => Promise.reject(cause) })
    const { status, text } = await get('/findings')
    expect(status).toBe(500)
    expect(JSON.parse(text).error.code).toBe('ECONNREFUSED')
    expect(text).not.toContain('hunter2')
    expect(errors).toEqual([cause])
  })

  it('serves measures, also when some of them cannot be taken', async () => {
    const { get, metrics, errors } = stage({ measure: () => Promise.reject(new Error('store')) })
    metrics.blocks.inc(3)
    const { status, text, type } = await get('/metrics')
    expect([status, type]).toEqual([200, expect.stringContaining('text/plain')])
    expect(text).toContain('breakwater_blocks_total 3\n')
    expect(errors).toHaveLength(1)
  })
})

describe('the stream of events', () => {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

  it('sends each event as it happens', async () => {
    const { app, events } = stage()
    const response = await app.request('/events')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await turn()
    events.emit(event(7n))
    const { value } = await reader.read()
    expect(new TextDecoder().decode(value)).toBe(
      'event: reorg\ndata: {"type":"reorg","removed":1,"toNumber":"7"}\n\n',
    )
    await reader.cancel()
  })

  it('ends for a reader who does not read', async () => {
    const { app, events } = stage()
    const response = await app.request('/events')
    const body = response.body as ReadableStream<Uint8Array>
    await turn()
    for (let n = 0n; n < 1100n; n++) events.emit(event(n))
    let count = 0
    for await (const _chunk of body) count++
    expect(count).toBeGreaterThan(900)
    expect(count).toBeLessThanOrEqual(1001)
  })

  it('is open for 64 readers, and again for another one when one has gone', async () => {
    const { app } = stage()
    const open = async () => {
      const { status, body } = await app.request('/events')
      return { status, leave: () => body?.cancel() }
    }
    const readers = []
    for (let i = 0; i < 64; i++) readers.push(await open())
    expect(readers.every(({ status }) => status === 200)).toBe(true)
    expect((await open()).status).toBe(503)
    await readers[0]?.leave()
    await turn()
    expect((await open()).status).toBe(200)
  })
})
