/**
 * Persist first, then send. A message is in the synced write-ahead log before anything else happens with it, then in
 * the store, and stays there until its channel has taken it. It may arrive twice; it is never lost, and never given up.
 * @module
 */
import { BaseError, blob, type Clock, decode, encode, struct, text, u64 } from '@breakwater/kernel'
import type { Db } from '../store/store.ts'
import type { Wal } from '../wal.ts'
import type { Channel, Message } from './channel.ts'
import { createDelivery } from './delivery.ts'
import { createLoop } from './loop.ts'

const MAX_BODY_BYTES = 256 * 1024
const MAX_WAL_BYTES = 4 * 2 ** 20
/** PostgreSQL takes at most 65,535 parameters in one statement. */
const ROWS_AT_ONCE = 500
/** How long delivered messages are remembered, so that the same one is not sent again. */
const DELIVERED_KEPT_MS = 30 * 86_400_000
const CLOSE_GRACE_MS = 2000

const record = struct({ key: text(300), channel: text(100), body: blob(MAX_BODY_BYTES), atMs: u64 })

interface Addressed extends Message {
  channel: string
  atMs: bigint
}

const toRecord = ({ body, ...rest }: Addressed): Uint8Array =>
  encode(record, { ...rest, body: new TextEncoder().encode(body) })

function fromRecord(bytes: Uint8Array): Addressed {
  const { body, ...rest } = decode(record, bytes)
  return { ...rest, body: new TextDecoder().decode(body) }
}

export interface OutboxState {
  waiting: number
  /** Since when the oldest undelivered message waits, ms since 1970. */
  oldestMs: number | null
}

export interface Outbox {
  /**
   * Addresses a message to every channel. Resolves when it cannot be lost any more.
   * @throws NODE_MESSAGE_SIZE; NODE_WAL_IO when a crash could lose it: it is sent all the same, and written down as soon
   * as that is possible
   */
  put(message: Message): Promise<void>
  /** Why a crash could lose a message now; `null` when none could be lost. */
  trouble(): BaseError | null
  /** What waits for the channels that are configured. */
  state(): Promise<OutboxState>
  /** Sends nothing more; what is under way has two seconds to arrive. */
  close(): Promise<void>
}

export interface OutboxDeps {
  db: Db
  wal: Wal
  channels: readonly Channel[]
  clock: Clock
  /** `channel`: its name, or `store`. */
  onError(channel: string, error: unknown): void
}

export async function openOutbox(deps: OutboxDeps): Promise<Outbox> {
  const { db, wal, channels, clock } = deps
  const names = channels.map(({ name }) => name)
  const stopping = new AbortController()
  const deliveries = channels.map((channel) => createDelivery(channel, { ...deps, signal: stopping.signal }))
  /** In the log, but not in the store yet. */
  const pending = wal.recovered.map(fromRecord)
  const journal = createJournal(wal)
  let lastMs = 0

  const save = async () => {
    while (pending.length > 0) {
      const rows = pending.slice(0, ROWS_AT_ONCE)
      await insert(db, rows)
      pending.splice(0, rows.length)
    }
  }
  await save()
  const compact = createCompaction(deps, pending)
  const saving = createLoop(
    async () => {
      await save()
      for (const delivery of deliveries) delivery.poke()
      await journal.retry()
      await compact()
      return null
    },
    clock,
    (error) => deps.onError('store', error),
  )
  saving.poke()
  return {
    async put({ key, body }) {
      checkSize(body)
      // The order of delivery: no two messages have the same time.
      lastMs = Math.max(clock.nowMs(), lastMs + 1)
      const messages = names.map((channel) => ({ key, channel, body, atMs: BigInt(lastMs) }))
      if (messages.length === 0) return
      const synced = journal.write(messages)
      pending.push(...messages)
      await synced.finally(saving.poke)
    },
    trouble: journal.trouble,
    async state() {
      const row = await db
        .selectFrom('outbox')
        .where('delivered_at_ms', 'is', null)
        .where('channel', 'in', ['', ...names])
        .select(({ fn }) => [fn.countAll<bigint>().as('waiting'), fn.min('created_at_ms').as('oldest')])
        .executeTakeFirstOrThrow()
      const oldest = row.oldest ?? pending[0]?.atMs ?? null
      return {
        waiting: Number(row.waiting) + pending.length,
        oldestMs: oldest === null ? null : Number(oldest),
      }
    },
    async close() {
      const cancel = clock.schedule(CLOSE_GRACE_MS, () => stopping.abort())
      await Promise.all([saving, ...deliveries].map((loop) => loop.stop()))
      cancel()
    },
  }
}

/** The write-ahead log, and what it could not take yet. */
function createJournal(wal: Wal) {
  const unsafe: Addressed[] = []
  let trouble: BaseError | null = null
  return {
    trouble: () => trouble,
    async write(messages: readonly Addressed[]): Promise<void> {
      try {
        await wal.append(messages.map(toRecord))
      } catch (error) {
        unsafe.push(...messages)
        trouble = error as BaseError
        throw error
      }
    },
    async retry(): Promise<void> {
      const records = unsafe.map(toRecord)
      if (records.length === 0) return
      await wal.append(records)
      unsafe.splice(0, records.length)
      if (unsafe.length === 0) trouble = null
    },
  }
}

async function insert(db: Db, messages: readonly Addressed[]): Promise<void> {
  const rows = messages.map(({ key, channel, body, atMs }) => ({
    key: `${key}@${channel}`,
    ...{ channel, body, attempts: 0, next_attempt_ms: atMs, created_at_ms: atMs },
    ...{ delivered_at_ms: null, last_error: null },
  }))
  await db
    .insertInto('outbox')
    .values(rows)
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
}

/** Makes the log short again when it has grown: what is still on its way stays. */
function createCompaction({ db, wal, clock }: OutboxDeps, pending: readonly Addressed[]) {
  let limit = MAX_WAL_BYTES
  return async (): Promise<void> => {
    if (wal.sizeBytes() < limit) return
    const rows = await db.selectFrom('outbox').selectAll().where('delivered_at_ms', 'is', null).execute()
    const waiting = rows.map(({ key, channel, body, created_at_ms: atMs }) => {
      return { key: key.slice(0, -channel.length - 1), channel, body, atMs }
    })
    await wal.replace([...waiting, ...pending].map(toRecord))
    limit = Math.max(MAX_WAL_BYTES, 2 * wal.sizeBytes())
    // Only now: what is still in the log would come back as undelivered.
    const before = BigInt(clock.nowMs() - DELIVERED_KEPT_MS)
    await db.deleteFrom('outbox').where('delivered_at_ms', '<', before).execute()
  }
}

function checkSize(body: string): void {
  const bytes = Buffer.byteLength(body)
  if (bytes <= MAX_BODY_BYTES) return
  throw new BaseError('NODE_MESSAGE_SIZE', `a message has ${bytes} bytes, at most ${MAX_BODY_BYTES} are sent`)
}
