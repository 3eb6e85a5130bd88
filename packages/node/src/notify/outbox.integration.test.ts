import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { type Db, openStore, type Store } from '../store/store.ts'
import { openWal } from '../wal.ts'
import { openOutbox } from './outbox.ts'
import { createWebhook, webhookSignature } from './webhook.ts'

interface Received {
  key: string
  body: string
  signed: boolean
}

/** A receiver that checks signatures as a user's would, and refuses as long as `status` says so. */
function startReceiver() {
  const received: Received[] = []
  const state = { status: 200, received, url: '' }
  const server: Server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const expected = webhookSignature('secret', body, Number(request.headers['x-timestamp']))
    received.push({
      key: String(request.headers['idempotency-key']),
      body,
      signed: request.headers['x-signature'] === expected,
    })
    response.writeHead(state.status).end('thanks')
  })
  return new Promise<typeof state & { stop(): void }>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
      resolve(Object.assign(state, { stop: () => server.close() }))
    })
  })
}

describe('outbox', () => {
  let folder: string
  let store: Store
  let db: Db
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let schemas = 0
  const errors: string[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-outbox-'))
    store = await openStore(join(folder, 'store'))
  })
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    receiver = await startReceiver()
    errors.length = 0
    schemas++
    db = await store.open(`g${schemas}`)
  })
  afterEach(() => receiver.stop())

  /** The machine's clock, with retries a hundred times sooner. */
  const clock = {
    ...systemClock,
    nowMs: () => Date.now() * 100,
    schedule: (ms: number, task: () => void) => systemClock.schedule(ms / 100, task),
  }
  const open = async (walName = `${schemas}.wal`) => {
    const wal = await openWal(join(folder, walName))
    const channels = [createWebhook({ name: 'hook', url: receiver.url, secret: 'secret' }, clock)]
    const outbox = await openOutbox({
      db,
      wal,
      channels,
      clock,
      onError: (_channel, error) => errors.push(String(error)),
    })
    return { outbox, close: () => outbox.close().then(() => wal.close()) }
  }

  it('delivers a signed message once', async () => {
    const { outbox, close } = await open()
    await outbox.put({ key: 'k1', body: '{"type":"finding"}' })
    await vi.waitUntil(async () => (await outbox.state()).waiting === 0)
    await outbox.put({ key: 'k1', body: '{"type":"finding"}' })
    await close()
    expect(receiver.received).toEqual([{ key: 'k1@hook', body: '{"type":"finding"}', signed: true }])
  })

  it('tries again until the other side takes it, and says meanwhile what waits', async () => {
    receiver.status = 503
    const { outbox, close } = await open()
    await outbox.put({ key: 'k1', body: '{}' })
    await vi.waitUntil(() => receiver.received.length >= 2)
    expect(await outbox.state()).toMatchObject({ waiting: 1, oldestMs: expect.any(Number) })
    expect(errors[0]).toContain('answered 503')
    receiver.status = 204
    await vi.waitUntil(async () => (await outbox.state()).waiting === 0)
    await close()
  })

  it('delivers after a crash that lost the store but not the log', async () => {
    receiver.status = 500
    const first = await open('crash.wal')
    await first.outbox.put({ key: 'k1', body: '{"n":1}' })
    await first.close()
    schemas++
    db = await store.open(`g${schemas}`)
    receiver.status = 200
    const second = await open('crash.wal')
    await vi.waitUntil(() => receiver.received.some(({ body }) => body === '{"n":1}'))
    await vi.waitUntil(async () => (await second.outbox.state()).waiting === 0)
    await second.close()
  })
})
