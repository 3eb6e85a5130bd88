import type { Hex } from '@breakwater/kernel'
import type { Incident } from '../events.ts'
import type { Db } from '../store/store.ts'
import { decodeEntry, type Entry, encodeEntry, statusOf } from './incident.ts'

/** Older ones are in the store only. */
const MAX_LOADED = 1000

/** Incidents in memory and in the store; tells when one is new or has changed. */
export interface Ledger {
  /** @throws NODE_STORE_DAMAGED */
  load(): Promise<void>
  get(id: Hex): Entry | undefined
  /** Oldest first. */
  all(): readonly Entry[]
  add(entry: Entry): void
  /** Works out the status anew, with whatever else has changed. */
  refresh(entry: Entry, more?: Partial<Incident>): void
  /** Resolves once all changes are stored. */
  saved(): Promise<void>
}

export interface LedgerDeps {
  db: Db
  nowMs(): number
  /** Time of the newest block. */
  nowSeconds(): bigint
  /** Resolves once what was told of a change cannot be lost any more: it must not be stored before. */
  recorded(): Promise<void>
  /** An incident is new, or has another status, or was executed by another transaction. */
  onChange(entry: Readonly<Entry>): void
  onError(error: unknown): void
}

export function createLedger({ db, nowMs, nowSeconds, recorded, onChange, onError }: LedgerDeps): Ledger {
  const entries = new Map<Hex, Entry>()
  let saving: Promise<void> = Promise.resolve()

  const put = (entry: Entry) => {
    entries.set(entry.incident.id, entry)
    const [oldest] = entries.keys()
    if (entries.size > MAX_LOADED && oldest !== undefined) entries.delete(oldest)
  }
  const judge = (entry: Entry) => {
    entry.incident = { ...entry.incident, status: statusOf(entry, nowSeconds()) }
  }
  const tell = (entry: Entry) => {
    onChange(entry)
    const row = rowOf(entry, nowMs())
    saving = saving
      .then(recorded)
      .then(() => save(db, row))
      .catch(onError)
  }
  return {
    async load() {
      const rows = await db
        .selectFrom('incidents')
        .select('body')
        .orderBy('opened_at_ms', 'desc')
        .limit(MAX_LOADED)
        .execute()
      for (const { body } of rows.reverse()) put(decodeEntry(body))
    },
    get: (id) => entries.get(id),
    all: () => [...entries.values()],
    add(entry) {
      put(entry)
      judge(entry)
      tell(entry)
    },
    refresh(entry, more = {}) {
      const before = entry.incident
      entry.incident = { ...before, ...more }
      judge(entry)
      const { status, txHash } = entry.incident
      if (status !== before.status || txHash !== before.txHash) tell(entry)
    },
    saved: () => saving,
  }
}

function rowOf(entry: Entry, nowMs: number) {
  const { id, rule, target, level, status, openedAtMs } = entry.incident
  return {
    ...{ id, rule, target, level, status, body: encodeEntry(entry) },
    opened_at_ms: BigInt(openedAtMs),
    updated_at_ms: BigInt(nowMs),
  }
}

async function save(db: Db, row: ReturnType<typeof rowOf>): Promise<void> {
  const { id: _id, opened_at_ms: _openedAtMs, ...changes } = row
  await db
    .insertInto('incidents')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .execute()
}
