import { type BlockRef, type Facts, type Finding, type Hex, toJson } from '@breakwater/kernel'
import { decodeFacts, encodeFacts } from './facts.ts'
import type { Db } from './store.ts'

/** The evaluated blocks of the canonical chain, as far back as a window reaches: a restart folds them again. */
export interface Blocks {
  /** Forgets all blocks that were judged by another specification. */
  keepFor(specHash: Hex): Promise<void>
  /** Oldest first, some at a time. A crash may have lost some in between. @throws NODE_STORE_DAMAGED */
  load(): AsyncIterable<readonly Facts[]>
  /**
   * Takes the newest block with what was found in it and not in its parent, and takes back, in the same step, what a
   * branch that was left had at its height and above. Again is no change.
   */
  add(facts: Facts, findings: readonly Finding[]): Promise<void>
  /** Forgets blocks that no window reaches any more, and findings of long ago. */
  prune(final: BlockRef, windowSeconds: number): Promise<void>
}

const PAGE_BLOCKS = 500
const FINDINGS_KEPT_MS = 90 * 86_400_000
/** Findings are few: now and then is often enough. */
const PRUNES_PER_FINDINGS = 1000

export function createBlocks(db: Db, nowMs: () => number): Blocks {
  let prunes = 0
  return {
    keepFor: (specHash) => db.transaction().execute((tx) => keepFor(tx, specHash)),
    async *load() {
      for (let from = -1n; ; ) {
        const rows = await db
          .selectFrom('blocks')
          .select(['number', 'facts'])
          .where('number', '>', from)
          .orderBy('number')
          .limit(PAGE_BLOCKS)
          .execute()
        const last = rows.at(-1)
        if (last === undefined) return
        yield rows.map(({ facts }) => decodeFacts(facts))
        from = last.number
      }
    },
    add: (facts, findings) =>
      db.transaction().execute(async (tx) => {
        await removeOthers(tx, facts.block)
        await insert(tx, facts, findings, nowMs())
      }),
    async prune(final, windowSeconds) {
      const before = final.timestampSeconds - BigInt(windowSeconds)
      // A window begins behind the last block at or before its beginning: that one stays.
      await db
        .deleteFrom('blocks')
        .where('number', '<', (blocks) =>
          blocks
            .selectFrom('blocks')
            .where('timestamp_seconds', '>', before)
            .select(({ fn, eb, val }) => eb(fn.min('number'), '-', val(1n)).as('base')),
        )
        .execute()
      if (prunes++ % PRUNES_PER_FINDINGS !== 0) return
      const oldest = BigInt(nowMs() - FINDINGS_KEPT_MS)
      await db.deleteFrom('findings').where('seen_at_ms', '<', oldest).execute()
    },
  }
}

async function keepFor(tx: Db, specHash: Hex): Promise<void> {
  const stored = await tx.selectFrom('meta').select('value').where('key', '=', 'specHash').executeTakeFirst()
  if (stored?.value === specHash) return
  await tx.deleteFrom('blocks').execute()
  await tx
    .insertInto('meta')
    .values({ key: 'specHash', value: specHash })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: specHash }))
    .execute()
}

async function removeOthers(tx: Db, { number, hash }: BlockRef): Promise<void> {
  await tx
    .deleteFrom('findings')
    .where('block_number', '>=', number)
    .where('block_hash', '!=', hash)
    .execute()
  await tx.deleteFrom('blocks').where('number', '>=', number).where('hash', '!=', hash).execute()
}

async function insert(tx: Db, facts: Facts, findings: readonly Finding[], nowMs: number): Promise<void> {
  const { block } = facts
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
  await tx
    .insertInto('findings')
    .values(findings.map((finding) => findingRow(finding, block, BigInt(nowMs))))
    .onConflict((conflict) => conflict.columns(['block_hash', 'unique_key']).doNothing())
    .execute()
}

function findingRow(finding: Finding, block: BlockRef, seenAtMs: bigint) {
  return {
    block_hash: block.hash,
    block_number: block.number,
    unique_key: finding.uniqueKey,
    rule: finding.rule,
    detector: finding.detector,
    severity: finding.severity,
    body: toJson(finding),
    seen_at_ms: seenAtMs,
  }
}
