import type { Address, Hex } from './hex.ts'
import type { Known } from './known.ts'
import type { Quantity } from './quantity.ts'

export interface BlockRef {
  number: bigint
  hash: Hex
  parentHash: Hex
  timestampSeconds: bigint
}

export interface Log {
  address: Address
  topics: readonly Hex[]
  data: Hex
}

export interface TxFacts {
  hash: Hex
  /** Position in the block. */
  index: number
  status: 'ok' | 'reverted'
  /** Only those of the addresses that the plan watches, in order. */
  logs: readonly Log[]
}

/** An asset of the outer world, as reference prices name it: `BTC`, `ETH`. */
export type AssetId = string

/** A guardian's own price: the median of independent sources, in USD times 10^8. */
export interface RefPrice {
  priceE8: bigint
  /** How many sources answered in time. */
  sources: number
  /** When the oldest of them was read (the guardian's clock, ms since 1970). */
  atMs: number
}

/** What one guardian saw outside the chain. Another guardian may have seen something else. */
export interface Observed {
  atMs: number
  refs: ReadonlyMap<AssetId, Known<RefPrice>>
}

/**
 * What one block did, as far as a specification asks: verified against the block's header, and complete. Each
 * transaction that made a log at a watched address is there; all others are left out. The same block gives
 * the same facts live, in catch-up and in a backtest, `observed` apart.
 */
export interface Facts {
  block: BlockRef
  txs: readonly TxFacts[]
  /** Results of the plan's calls at this block's state, by the call's id. */
  calls: ReadonlyMap<string, Known<bigint>>
  observed: Observed
}

/** Named values of a specification after a block, by name. */
export type Values = ReadonlyMap<string, Known<Quantity>>
