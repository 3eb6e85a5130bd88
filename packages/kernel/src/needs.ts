import type { AssetId } from './facts.ts'
import type { Address, Hex } from './hex.ts'

/** How a 32-byte word is read as a number. `bool` and `address` count as unsigned. */
export type WordType = 'uint' | 'int'

/** One word that a view function returns (or an account's native balance), read at each block. */
export interface CallRead {
  /** Its text in the specification, `vault.totalAssets()`: the key in `Facts.calls`. */
  id: string
  to: Address
  /** Calldata; `balance` reads the native balance of `to` instead. */
  data: Hex | 'balance'
  /** Which 32-byte word of the answer. */
  word: number
  type: WordType
}

/** Where in a log a number stands: `topics[index]`, or the 32-byte word `index` of the data. */
export interface LogWord {
  in: 'topics' | 'data'
  index: number
  type: WordType
}

/** Numbers that logs bring: each log that matches adds its word (or 1) to the block's sum. */
export interface Series {
  /** Its text in the specification: the key under which windows find it. */
  id: string
  address: Address
  topic0: Hex
  /** Words that must equal a given 32-byte value. */
  where: readonly { word: LogWord; equals: Hex }[]
  /** What a matching log adds; `null` counts it. */
  add: LogWord | null
}

/** What something must be told about each block. The union of all needs is what `chain` reads. */
export interface Needs {
  calls: readonly CallRead[]
  series: readonly Series[]
  /** Ids of calls and named values whose past is asked for (`ago`, `max`, `min`): kept for the longest window. */
  past: readonly string[]
  /** Assets whose reference price is needed. */
  assets: readonly AssetId[]
  /** The longest window, in seconds. */
  windowSeconds: number
}

export const NO_NEEDS: Needs = { calls: [], series: [], past: [], assets: [], windowSeconds: 0 }

/** All that several parts need, each read once. */
export function mergeNeeds(parts: readonly Needs[]): Needs {
  const byId = <T extends { id: string }>(items: readonly T[]): T[] => [
    ...new Map(items.map((item) => [item.id, item])).values(),
  ]
  return {
    calls: byId(parts.flatMap((part) => part.calls)),
    series: byId(parts.flatMap((part) => part.series)),
    past: [...new Set(parts.flatMap((part) => part.past))],
    assets: [...new Set(parts.flatMap((part) => part.assets))],
    windowSeconds: Math.max(0, ...parts.map((part) => part.windowSeconds)),
  }
}
