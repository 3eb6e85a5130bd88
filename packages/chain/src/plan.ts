import type { Address, BlockRef, Facts, Hex, Needs } from '@breakwater/kernel'
import { createBloomTest } from './bloom.ts'
import { batchReads, type ReadBatches } from './values.ts'

/** A block's facts as the chain gives them; what a guardian observed by itself is added by whoever observes. */
export type BlockFacts = Omit<Facts, 'observed'>

/** What is read of each block. */
export interface ReadPlan {
  /** Contracts whose logs are kept. */
  watched: ReadonlySet<Address>
  batches: ReadBatches
  /** Whether a block with this header bloom can have logs of a watched contract. */
  mayConcern(bloom: Hex): boolean
}

/** What the union of all needs asks of the chain; `addresses` are watched besides those of the series. */
export function createReadPlan(needs: Needs, addresses: readonly Address[] = []): ReadPlan {
  const all = [...needs.series.map(({ address }) => address), ...addresses]
  const watched = new Set(all.map((address) => address.toLowerCase() as Address))
  return { watched, batches: batchReads(needs.calls), mayConcern: createBloomTest(watched) }
}

/** `5 (0x12ab34cd…)`: a block in messages. */
export function blockText({ number, hash }: Pick<BlockRef, 'number' | 'hash'>): string {
  return `${number} (${hash.slice(0, 10)}…)`
}
