import type { Core } from './core.ts'
import type { CoreEffect } from './effect.ts'
import { encodeRecord, type LogRecord } from './record.ts'

/** The write-ahead log of one guardian's one identity. */
export interface Wal {
  /** Resolves once all records are on disk. */
  append(records: readonly Uint8Array[]): Promise<void>
  /** Puts a shorter log in place of the whole one, in one step. */
  replace(records: readonly Uint8Array[]): Promise<void>
}

/** Records after which the log is made short again; more when what must stay is more. */
const COMPACT_AFTER = 256

/** Writes the log, and keeps it short: what a restart does not need is left out from time to time. */
export interface Journal {
  /** What the core has just done; what it finalized stays in the log for ever, but for heartbeats. */
  note(effects: readonly CoreEffect[]): void
  /** Resolves once all records are on disk. They are of steps that `core` has taken already. */
  append(records: readonly LogRecord[]): Promise<void>
}

export function createJournal(wal: Wal, core: Core): Journal {
  const payloads: Uint8Array[] = []
  let appended = 0
  return {
    note(effects) {
      for (const effect of effects) {
        if (effect.kind !== 'finalized' || effect.block.payload.length === 0) continue
        payloads.push(encodeRecord({ kind: 'finalized', block: effect.block }))
      }
    },
    append(records) {
      appended += records.length
      if (appended < COMPACT_AFTER + 2 * payloads.length) return wal.append(records.map(encodeRecord))
      appended = 0
      return wal.replace([...payloads, ...core.checkpoint().map(encodeRecord)])
    },
  }
}
