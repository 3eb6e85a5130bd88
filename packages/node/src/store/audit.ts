/**
 * The audit log: what this guardian saw, decided and did, in one chain. Each entry's hash covers the entry before,
 * and the guardian signs it, so that nothing can be changed, taken out or put in later without being seen.
 * @module
 */
import { type Clock, canonicalJson, type Hex, type Json, keccakText, ZERO_HASH } from '@breakwater/kernel'
import { recoverAddress, type Signer } from '@breakwater/keys'
import type { Db } from './store.ts'

export interface Audit {
  /** Entries are written in the order of the calls. Resolves when stored. */
  append(kind: string, body: Json): Promise<void>
}

interface Entry {
  seq: bigint
  atMs: bigint
  kind: string
  body: string
}

function hashOf(previous: Hex, { seq, atMs, kind, body }: Entry): Hex {
  return keccakText(canonicalJson({ previous, seq: seq.toString(), atMs: atMs.toString(), kind, body }))
}

export async function openAudit(db: Db, signer: Signer, clock: Clock): Promise<Audit> {
  const latest = await db
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  let previous = (latest?.hash ?? ZERO_HASH) as Hex
  let seq = latest?.seq ?? 0n
  let writing: Promise<void> = Promise.resolve()
  const write = async (kind: string, body: Json) => {
    const entry = { seq: seq + 1n, atMs: BigInt(clock.nowMs()), kind, body: canonicalJson(body) }
    const hash = hashOf(previous, entry)
    const row = {
      seq: entry.seq,
      at_ms: entry.atMs,
      kind,
      body: entry.body,
      hash,
      signature: signer.sign(hash),
    }
    await db.insertInto('audit').values(row).execute()
    seq = entry.seq
    previous = hash
  }
  return {
    append(kind, body) {
      const written = writing.then(() => write(kind, body))
      writing = written.catch(() => {})
      return written
    },
  }
}

/** The first entry that does not fit; `null` when the whole chain is intact and signed by `guardian`. */
export async function verifyAudit(db: Db, guardian: Hex): Promise<{ seq: bigint; reason: string } | null> {
  let previous = ZERO_HASH
  let expected = 1n
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>=', expected)
      .orderBy('seq')
      .limit(500)
      .execute()
    for (const row of rows) {
      const { seq, at_ms: atMs, kind, body } = row
      if (seq !== expected) return { seq: expected, reason: 'missing' }
      if (row.hash !== hashOf(previous, { seq, atMs, kind, body })) return { seq, reason: 'changed' }
      if (recoverAddress(row.hash, row.signature as Hex) !== guardian) return { seq, reason: 'not signed' }
      previous = row.hash
      expected++
    }
    if (rows.length === 0) return null
  }
}
