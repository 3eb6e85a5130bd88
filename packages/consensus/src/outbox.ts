import type { CoreEffect } from './effect.ts'
import type { LogRecord } from './record.ts'

/** What to do next: make records durable, all in one sync, or perform an effect. */
export type Task =
  | { readonly kind: 'sync'; readonly records: readonly LogRecord[] }
  | Exclude<CoreEffect, { kind: 'persist' }>

export interface Outbox {
  push(effects: readonly CoreEffect[]): void
  /** The next task; a `sync` must have succeeded before the one after it is taken. */
  take(): Task | null
  /** All records that are not on disk yet, for an orderly stop. */
  rest(): readonly LogRecord[]
}

/**
 * Keeps effects in order and puts persistence first: what is behind a durable record waits for its sync. All records
 * that are waiting by then go along, and those that need no sync of their own wait for the next one.
 */
export function createOutbox(): Outbox {
  let effects: CoreEffect[] = []
  let unsynced: LogRecord[] = []

  const takeRecords = (): readonly LogRecord[] => {
    const records = unsynced
    for (const effect of effects) if (effect.kind === 'persist') records.push(effect.record)
    effects = effects.filter(({ kind }) => kind !== 'persist')
    unsynced = []
    return records
  }

  return {
    push: (more) => void effects.push(...more),
    take() {
      for (let effect = effects[0]; effect !== undefined; effect = effects[0]) {
        if (effect.kind === 'persist' && effect.durable) return { kind: 'sync', records: takeRecords() }
        effects.shift()
        if (effect.kind !== 'persist') return effect
        unsynced.push(effect.record)
      }
      return null
    },
    rest: takeRecords,
  }
}
