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
  /** How many of them have been taken. */
  let taken = 0
  let unsynced: LogRecord[] = []

  const takeRecords = (): readonly LogRecord[] => {
    const records = unsynced
    const rest: CoreEffect[] = []
    for (const effect of effects.slice(taken)) {
      if (effect.kind === 'persist') records.push(effect.record)
      else rest.push(effect)
    }
    effects = rest
    taken = 0
    unsynced = []
    return records
  }

  return {
    push(more) {
      for (const effect of more) effects.push(effect)
    },
    take() {
      for (let effect = effects[taken]; effect !== undefined; effect = effects[taken]) {
        if (effect.kind === 'persist' && effect.durable) return { kind: 'sync', records: takeRecords() }
        taken++
        if (effect.kind !== 'persist') return effect
        unsynced.push(effect.record)
      }
      effects = []
      taken = 0
      return null
    },
    rest: takeRecords,
  }
}
