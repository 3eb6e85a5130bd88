import type { Address } from '@breakwater/kernel'
import type { Db } from './store.ts'

/** Whose votes: their log is bound to all of it. */
export interface Voter {
  registry: Address
  chainId: bigint
  epoch: bigint
  guardian: Address
}

/**
 * Remembers outside the log that there is a log. Answers whether there was one already: if that is empty now, it was
 * lost, and what it held must not be contradicted.
 */
export async function markVoter(db: Db, { registry, chainId, epoch, guardian }: Voter): Promise<boolean> {
  const key = `voter:${chainId}:${registry}:${epoch}:${guardian}`
  const { numInsertedOrUpdatedRows: inserted } = await db
    .insertInto('meta')
    .values({ key, value: 'votes.wal' })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirstOrThrow()
  return inserted === 0n
}
