import type { Evaluation } from '@breakwater/detect'
import { type BlockRef, type Facts, type Hex, toJson } from '@breakwater/kernel'
import { decodeFacts, encodeFacts } from './facts.ts'
import type { Db } from './store.ts'

/** The evaluated blocks of the canonical chain, as far back as a window reaches: a restart folds them again. */
export interface Blocks {
  /** Oldest first, each the parent of the next. */
  load(): Promise<readonly Facts[]>
  /** Takes a block with its findings; again is no change. */
  add(evaluation: Evaluation): Promise<void>
  /** Blocks that left the chain, with what was found in them. */
  remove(hashes: readonly Hex[]): Promise<void>
  /** Forgets blocks that no window reaches any more; findings stay. */
  prune(final: BlockRef, windowSeconds: number): Promise<void>
  clear(): Promise<void>
}

export function createBlocks(db: Db, nowMs: () => number): Blocks {
  return {
    async load() {
      const rows = await db.selectFrom('blocks').select('facts').orderBy('number').execute()
      const facts = rows.map((row) => decodeFacts(row.facts))
      // A crash may have lost rows in between: only what is connected to the newest counts.
      let first = facts.length - 1
      while (first > 0 && facts[first]?.block.parentHash === facts[first - 1]?.block.hash) first--
      return facts.slice(Math.max(0, first))
    },
    async add({ facts, block, findings }) {
      const seen = BigInt(nowMs())
      await db.transaction().execute(async (tx) => {
        await tx
          .insertInto('blocks')
          .values({
            hash: block.hash,
            number: block.number,
            parent_hash: block.parentHash,
            timestamp_seconds: block.timestampSeconds,
            facts: encodeFacts(facts),
          })
          .onConflict((conflict) => conflict.column('hash').doNothing())
          .execute()
        if (findings.length === 0) return
        const rows = new Map(
          findings.map((finding) => [
            finding.uniqueKey,
            {
              block_hash: block.hash,
              block_number: block.number,
              unique_key: finding.uniqueKey,
              rule: finding.rule,
              detector: finding.detector,
              severity: finding.severity,
              body: toJson(finding),
              seen_at_ms: seen,
            },
          ]),
        )
        await tx
          .insertInto('findings')
          .values([...rows.values()])
          .onConflict((conflict) => conflict.columns(['block_hash', 'unique_key']).doNothing())
          .execute()
      })
    },
    async remove(hashes) {
      if (hashes.length === 0) return
      await db.transaction().execute(async (tx) => {
        await tx.deleteFrom('findings').where('block_hash', 'in', hashes).execute()
        await tx.deleteFrom('blocks').where('hash', 'in', hashes).execute()
      })
    },
    async prune(final, windowSeconds) {
      const before = final.timestampSeconds - BigInt(windowSeconds)
      await db
        .deleteFrom('blocks')
        .where('number', '<', final.number)
        .where('timestamp_seconds', '<', before)
        .execute()
    },
    clear: () =>
      db
        .deleteFrom('blocks')
        .execute()
        .then(() => {}),
  }
}
