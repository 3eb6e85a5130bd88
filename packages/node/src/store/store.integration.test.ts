import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeOnStores } from '../../test/stores.ts'
import { type Db, openStore, type Store } from './store.ts'

describeOnStores('store', (place) => {
  let store: Store
  let db: Db
  const schema = 'guardian'
  beforeAll(async () => {
    store = await openStore(place.location)
    db = await store.open(schema)
  })
  afterAll(() => store.close())

  const block = (n: bigint) => ({
    hash: `0x${n}`,
    number: n,
    parent_hash: '0x',
    timestamp_seconds: 2n ** 62n,
    facts: '{"ä":"1"}',
  })

  it('keeps 64-bit numbers exact and text unchanged', async () => {
    await db.insertInto('blocks').values(block(1n)).execute()
    const row = await db.selectFrom('blocks').selectAll().where('number', '=', 1n).executeTakeFirstOrThrow()
    expect(row).toEqual(block(1n))
  })

  it('rolls back a transaction as a whole', async () => {
    const failing = db.transaction().execute(async (tx) => {
      await tx.insertInto('blocks').values(block(2n)).execute()
      await tx.insertInto('blocks').values(block(1n)).execute()
    })
    await expect(failing).rejects.toMatchObject({ code: '23505' })
    expect(await db.selectFrom('blocks').select('number').execute()).toEqual([{ number: 1n }])
  })

  it('keeps transactions of many callers apart', async () => {
    const key = 'counter'
    await db.insertInto('meta').values({ key, value: '0' }).execute()
    const increment = () =>
      db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('meta')
          .select('value')
          .where('key', '=', key)
          .forUpdate()
          .executeTakeFirstOrThrow()
        await tx
          .updateTable('meta')
          .set({ value: String(Number(row.value) + 1) })
          .where('key', '=', key)
          .execute()
      })
    await Promise.all(Array.from({ length: 20 }, increment))
    const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
    expect(row?.value).toBe('20')
  })

  it('gives each guardian tables of its own, and migrates only once', async () => {
    const other = await store.open(`${schema}_b`)
    expect(await other.selectFrom('blocks').selectAll().execute()).toEqual([])
    await Promise.all([store.open(schema), store.open(schema)])
    expect(await db.selectFrom('migrations').select('name').execute()).toEqual([{ name: 'first' }])
    await sql`drop schema ${sql.id(`${schema}_b`)} cascade`.execute(other)
  })

  it('refuses a schema name that is not plain', async () => {
    await expect(store.open('a"; drop schema public')).rejects.toMatchObject({ code: 'NODE_STORE_SCHEMA' })
  })
})

describe('opening', () => {
  it('survives a restart, is open once, and refuses a folder with something else in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'breakwater-store-'))
    const path = join(folder, 'a')
    const first = await openStore(path)
    const db = await first.open('g')
    await db.insertInto('meta').values({ key: 'k', value: 'v' }).execute()
    await expect(openStore(path)).rejects.toMatchObject({ code: 'NODE_LOCKED' })
    await first.close()
    await expect(db.selectFrom('meta').selectAll().execute()).rejects.toThrow('the store is closed')
    const again = await openStore(path)
    const rows = await (await again.open('g')).selectFrom('meta').selectAll().execute()
    expect(rows).toEqual([{ key: 'k', value: 'v' }])
    await again.close()
    await writeFile(join(folder, 'note.txt'), 'mine')
    await expect(openStore(folder)).rejects.toMatchObject({ code: 'NODE_STORE_OPEN' })
    expect(await readdir(folder)).toContain('note.txt')
    await rm(join(path, 'global'), { recursive: true })
    for (let i = 0; i < 2; i++) {
      await expect(openStore(path)).rejects.toMatchObject({
        code: 'NODE_STORE_OPEN',
        hint: expect.stringContaining('rebuilt'),
      })
    }
    await rm(folder, { recursive: true, force: true })
  })

  it('says that a PostgreSQL server cannot be reached, without the password', async () => {
    const error = await openStore('postgres://user:hunter2@127.0.0.1:1/none').catch((e) => e)
    expect(error).toMatchObject({ code: 'NODE_STORE_OPEN', retry: 'later' })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })
})
