import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { describeOnStores } from '../../test/stores.ts'
import { systemClock } from '../clock.ts'
import { type Db, openStore, type Store } from '../store/store.ts'
import { openWal } from '../wal.ts'
import { type Outbox, openOutbox } from './outbox.ts'
import { createWebhook, webhookSignature } from './webhook.ts'

interface Received {
  key: string
  body: string
  signed: boolean
}

const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 10_000, interval: 5 })

/**
 * A receiver that checks signatures as a user's would, answers with `status`, with 500 to what `refuses` names, and
 * only once `held` settles.
 */
function startReceiver() {
  const received: Received[] = []
  const state = {
    status: 200,
    refuses: '',
    held: Promise.resolve() as Promise<unknown>,
    received,
    url: '',
  }
  const server: Server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const expected = webhookSignature('secret', body, Number(request.headers['x-timestamp']))
    const key = String(request.headers['idempotency-key'])
    received.push({ key, body, signed: request.headers['x-signature'] === expected })
    await state.held
    const isRefused = state.refuses !== '' && key.startsWith(state.refuses)
    response.writeHead(isRefused ? 500 : state.status).end('thanks')
  })
  return new Promise<typeof state & { stop(): void }>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
      const stop = () => {
        server.close()
        server.closeAllConnections()
      }
      resolve(Object.assign(state, { stop }))
    })
  })
}

describeOnStores('outbox', (place) => {
  let folder: string
  let store: Store
  let db: Db
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let schemas = 0
  const errors: string[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-outbox-'))
    store = await openStore(place.location)
  })
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const openStoreAnew = async () => {
    schemas++
    db = await store.open(`g${schemas}`)
  }
  beforeEach(async () => {
    receiver = await startReceiver()
    errors.length = 0
    await openStoreAnew()
  })
  afterEach(() => receiver.stop())

  /** The machine's clock, with retries a hundred times sooner. */
  const clock = {
    ...systemClock,
    nowMs: () => Date.now() * 100,
    schedule: (ms: number, task: () => void) => systemClock.schedule(ms / 100, task),
  }
  const open = async (walName = `${schemas}.wal`, names: readonly string[] = ['hook']) => {
    const wal = await openWal(join(folder, walName))
    const channels = names.map((name) => createWebhook({ name, url: receiver.url, secret: 'secret' }, clock))
    const onError = (_channel: string, error: unknown) => errors.push(String(error))
    const outbox = await openOutbox({ db, wal, channels, clock, onError })
    return { outbox, wal, close: () => outbox.close().then(() => wal.close()) }
  }
  const isEmpty = async (outbox: Outbox) => (await outbox.state()).waiting === 0
  const keys = () => receiver.received.map(({ key }) => key)

  it('delivers a signed message once', async () => {
    const { outbox, close } = await open()
    await outbox.put({ key: 'k1', body: '{"type":"finding"}' })
    await until(async () => (await outbox.state()).waiting === 0)
    await outbox.put({ key: 'k1', body: '{"type":"finding"}' })
    await close()
    expect(receiver.received).toEqual([{ key: 'k1@hook', body: '{"type":"finding"}', signed: true }])
  })

  it('tries again until the other side takes it, and says meanwhile what waits', async () => {
    receiver.status = 503
    const { outbox, close } = await open()
    await outbox.put({ key: 'k1', body: '{}' })
    await until(() => receiver.received.length >= 2)
    expect(await outbox.state()).toMatchObject({ waiting: 1, oldestMs: expect.any(Number) })
    expect(errors[0]).toContain('answered 503')
    receiver.status = 204
    await until(async () => (await outbox.state()).waiting === 0)
    await close()
  })

  it('delivers after a crash that lost the store but not the log', async () => {
    receiver.status = 500
    const first = await open('crash.wal')
    await first.outbox.put({ key: 'k1', body: '{"n":1}' })
    await first.close()
    await openStoreAnew()
    receiver.status = 200
    const second = await open('crash.wal')
    await until(() => receiver.received.some(({ body }) => body === '{"n":1}'))
    await until(async () => (await second.outbox.state()).waiting === 0)
    await second.close()
  })

  it('delivers in the order of the calls, also what waited while the other side was away', async () => {
    receiver.status = 503
    const { outbox, close } = await open()
    const wanted = Array.from({ length: 8 }, (_, i) => `k${i}`)
    await Promise.all(wanted.slice(0, 4).map((key) => outbox.put({ key, body: '{}' })))
    await until(() => new Set(keys()).size === 4)
    receiver.status = 200
    receiver.received.length = 0
    await Promise.all(wanted.slice(4).map((key) => outbox.put({ key, body: '{}' })))
    await until(() => isEmpty(outbox))
    await close()
    const [late, early] = [keys().filter((key) => key < 'k4'), keys().filter((key) => key >= 'k4')]
    expect(early).toEqual(wanted.slice(4).map((key) => `${key}@hook`))
    expect(late.slice(1)).toEqual([...late.slice(1)].sort())
    expect(new Set(late).size).toBe(4)
  })

  it('does not let a message that is never taken stand in the way of the others', async () => {
    receiver.refuses = 'poison'
    const { outbox, close } = await open()
    for (const key of ['poison', 'a', 'b']) await outbox.put({ key, body: '{}' })
    await until(() => keys().includes('a@hook') && keys().includes('b@hook'))
    // The receiver has the last one before the outbox knows.
    await until(async () => (await outbox.state()).waiting === 1)
    await close()
  })

  it('keeps the messages of a channel that was taken out until it is back', async () => {
    receiver.status = 500
    const first = await open('channels.wal', ['hook', 'other'])
    await first.outbox.put({ key: 'k', body: '{}' })
    await until(() => keys().includes('k@other'))
    await first.close()
    receiver.status = 200
    const second = await open('channels.wal', ['hook'])
    await until(() => isEmpty(second.outbox))
    await second.close()
    receiver.received.length = 0
    const third = await open('channels.wal', ['hook', 'other'])
    await until(() => isEmpty(third.outbox))
    expect(keys()).toEqual(['k@other'])
    await third.close()
  })

  it('makes its log short again, and loses nothing by that', async () => {
    receiver.refuses = 'waits'
    const { outbox, wal, close } = await open('compact.wal')
    const body = JSON.stringify('x'.repeat(250_000))
    await outbox.put({ key: 'waits', body: '{"n":1}' })
    for (let i = 0; i < 18; i++) {
      await outbox.put({ key: `large${i}`, body })
      await until(async () => (await outbox.state()).waiting === 1)
    }
    await until(() => wal.sizeBytes() < 1_000_000)
    await close()
    receiver.refuses = ''
    receiver.received.length = 0
    await openStoreAnew()
    const again = await open('compact.wal')
    await until(() => isEmpty(again.outbox))
    expect(keys()).toContain('waits@hook')
    expect(keys().filter((key) => key.startsWith('large')).length).toBeLessThan(4)
    await again.close()
  })

  it('takes up a log of any length', async () => {
    const { outbox, close } = await open('long.wal', ['gone'])
    receiver.status = 500
    await Promise.all(Array.from({ length: 8500 }, (_, i) => outbox.put({ key: `k${i}`, body: '{}' })))
    await close()
    await openStoreAnew()
    const again = await open('long.wal', ['hook'])
    const { count } = await db
      .selectFrom('outbox')
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .executeTakeFirstOrThrow()
    expect(count).toBe(8500n)
    await again.close()
  })

  it('refuses a message that is too large, with its size', async () => {
    const { outbox, close } = await open()
    await expect(outbox.put({ key: 'k', body: 'ä'.repeat(140_000) })).rejects.toMatchObject({
      code: 'NODE_MESSAGE_SIZE',
      message: expect.stringContaining('280000'),
    })
    await close()
  })

  it('lets what is under way arrive when it is closed, and sends nothing more', async () => {
    let release = () => {}
    receiver.held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { outbox, close } = await open()
    for (const key of ['a', 'b']) await outbox.put({ key, body: '{}' })
    await until(() => receiver.received.length === 1)
    const closed = close()
    release()
    await closed
    const rows = await db.selectFrom('outbox').select(['key', 'delivered_at_ms']).orderBy('key').execute()
    expect(rows.map(({ key, delivered_at_ms: at }) => [key, at !== null])).toEqual([
      ['a@hook', true],
      ['b@hook', false],
    ])
    expect(keys()).toEqual(['a@hook'])
  })

  it('does not wait for ever for a receiver that hangs', async () => {
    receiver.held = new Promise(() => {})
    const { outbox, close } = await open()
    await outbox.put({ key: 'a', body: '{}' })
    await until(() => receiver.received.length === 1)
    await close()
    expect(await outbox.state()).toMatchObject({ waiting: 1 })
  })

  it('says why a webhook cannot be reached, without its URL', async () => {
    const [path, { outbox, close }] = [receiver.url, await open()]
    receiver.stop()
    await outbox.put({ key: 'a', body: '{}' })
    await until(() => errors.length > 0)
    expect(errors[0]).toMatch(/webhook hook cannot be reached: .*ECONNREFUSED/)
    expect(errors[0]).not.toContain(path)
    await close()
  })
})
