/**
 * Persist first, then send. A message is in the synced write-ahead log before anything else happens with it, then in
 * the store, and stays there until its channel has taken it. It may arrive twice; it is never lost, and never given up.
 * @module
 */
import { blob, type Clock, decode, encode, messageOf, struct, text, u64 } from '@breakwater/kernel'
import type { Db } from '../store/store.ts'
import type { Wal } from '../wal.ts'
import type { Channel, Message } from './channel.ts'

const MAX_BODY_BYTES = 256 * 1024
const MAX_WAL_BYTES = 4 * 2 ** 20
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 300_000

const record = struct({ key: text(300), channel: text(100), body: blob(MAX_BODY_BYTES), atMs: u64 })

export interface OutboxState {
  waiting: number
  /** Since when the oldest undelivered message waits, ms since 1970. */
  oldestMs: number | null
}

export interface Outbox {
  /** Addresses a message to every channel. Resolves when it cannot be lost any more. */
  put(message: Message): Promise<void>
  state(): Promise<OutboxState>
  /** Waits for a delivery that is under way, then stops sending. */
  close(): Promise<void>
}

export interface OutboxDeps {
  db: Db
  wal: Wal
  channels: readonly Channel[]
  clock: Clock
  onError(channel: string, error: unknown): void
}

export async function openOutbox(deps: OutboxDeps): Promise<Outbox> {
  const { db, wal, channels, clock } = deps
  const stopping = new AbortController()
  const byName = new Map(channels.map((channel) => [channel.name, channel]))

  const insert = async (rows: { key: string; channel: string; body: string; atMs: bigint }[]) => {
    if (rows.length === 0) return
    const values = rows.map(({ key, channel, body, atMs }) => ({
      key: `${key}@${channel}`,
      channel,
      body,
      attempts: 0,
      next_attempt_ms: atMs,
      delivered_at_ms: null,
      last_error: null,
      created_at_ms: atMs,
    }))
    await db
      .insertInto('outbox')
      .values(values)
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute()
  }
  const fromRecord = (bytes: Uint8Array) => {
    const { body, ...rest } = decode(record, bytes)
    return { ...rest, body: new TextDecoder().decode(body) }
  }
  await insert(wal.recovered.map(fromRecord))

  const deliver = async (row: { key: string; channel: string; body: string; attempts: number }) => {
    const channel = byName.get(row.channel)
    // A channel that was taken out of the configuration keeps its messages until it is back.
    if (channel === undefined) return later(row, 'the channel is not configured any more')
    try {
      await channel.send({ key: row.key, body: row.body }, stopping.signal)
      const done = { delivered_at_ms: BigInt(clock.nowMs()), last_error: null }
      await db.updateTable('outbox').set(done).where('key', '=', row.key).execute()
    } catch (error) {
      if (stopping.signal.aborted) return
      deps.onError(row.channel, error)
      await later(row, messageOf(error))
    }
  }
  const later = async (row: { key: string; attempts: number }, reason: string) => {
    const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(row.attempts, 20))
    const next = BigInt(clock.nowMs() + delayMs)
    const set = { attempts: row.attempts + 1, next_attempt_ms: next, last_error: reason }
    await db.updateTable('outbox').set(set).where('key', '=', row.key).execute()
  }
  const undelivered = () => db.selectFrom('outbox').selectAll().where('delivered_at_ms', 'is', null)

  /** The log keeps only what is still on its way. */
  const compact = async () => {
    if (wal.sizeBytes() < MAX_WAL_BYTES) return
    const rows = await undelivered().execute()
    await wal.replace(
      rows.map(({ key, channel, body, created_at_ms: atMs }) =>
        encode(record, {
          key: key.slice(0, -channel.length - 1),
          channel,
          body: new TextEncoder().encode(body),
          atMs,
        }),
      ),
    )
  }

  const sending = createLoop(async () => {
    const now = BigInt(clock.nowMs())
    const due = await undelivered()
      .where('next_attempt_ms', '<=', now)
      .orderBy('created_at_ms')
      .limit(50)
      .execute()
    await Promise.all(due.map(deliver))
    await compact()
    const next = await undelivered()
      .select('next_attempt_ms')
      .orderBy('next_attempt_ms')
      .limit(1)
      .executeTakeFirst()
    return next === undefined ? null : Math.max(0, Number(next.next_attempt_ms) - clock.nowMs())
  }, deps)

  sending.poke()
  return {
    async put({ key, body }) {
      const atMs = BigInt(clock.nowMs())
      const bytes = new TextEncoder().encode(body)
      await wal.append(channels.map(({ name }) => encode(record, { key, channel: name, body: bytes, atMs })))
      await insert(channels.map(({ name }) => ({ key, channel: name, body, atMs })))
      sending.poke()
    },
    async state() {
      const row = await db
        .selectFrom('outbox')
        .where('delivered_at_ms', 'is', null)
        .select(({ fn }) => [fn.countAll<bigint>().as('waiting'), fn.min('created_at_ms').as('oldest')])
        .executeTakeFirstOrThrow()
      return { waiting: Number(row.waiting), oldestMs: row.oldest === null ? null : Number(row.oldest) }
    },
    async close() {
      stopping.abort()
      await sending.stop()
    },
  }
}

/** Runs `round` whenever poked and when the delay that it answered is over; one round at a time. */
function createLoop(round: () => Promise<number | null>, { clock, onError }: OutboxDeps) {
  let running: Promise<void> | null = null
  let again = false
  let stopped = false
  let cancel = () => {}
  const run = async () => {
    do {
      again = false
      cancel()
      const delayMs = await round().catch((error) => {
        onError('store', error)
        return FIRST_RETRY_MS
      })
      if (delayMs !== null && !stopped && !again) cancel = clock.schedule(delayMs, poke)
    } while (again && !stopped)
    running = null
  }
  const poke = () => {
    if (stopped) return
    again = true
    running ??= run()
  }
  return {
    poke,
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}
