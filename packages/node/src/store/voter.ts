import { encodeRecord } from '@breakwater/consensus'
import type { Address } from '@breakwater/kernel'
import type { Wal } from '../wal.ts'
import type { Db } from './store.ts'

/** Whose votes: their log is bound to all of it. */
export interface Voter {
  registry: Address
  chainId: bigint
  epoch: bigint
  guardian: Address
}

/**
 * Whether this voter's log was lost: it is empty, and the store remembers that there was one. The log has its first
 * record, from which nothing follows, before the store remembers it; so a log that never had a vote is not empty.
 */
export async function isLogLost(db: Db, wal: Wal, voter: Voter): Promise<boolean> {
  const { registry, chainId, epoch, guardian } = voter
  const key = `voter:${chainId}:${registry}:${epoch}:${guardian}`
  const isEmpty = wal.recovered.length === 0
  const known = await db.selectFrom('meta').select('key').where('key', '=', key).executeTakeFirst()
  if (known !== undefined) return isEmpty
  if (isEmpty) await wal.append([encodeRecord({ kind: 'silent', below: 0n })])
  await db
    .insertInto('meta')
    .values({ key, value: 'votes.wal' })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
  return false
}
