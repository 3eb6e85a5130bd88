import type { Facts } from '@breakwater/kernel'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { factsOf, findingOf, hashOf } from '../../test/blocks.ts'
import { describeOnStores } from '../../test/stores.ts'
import { type Blocks, createBlocks } from './blocks.ts'
import { type Db, openStore, type Store } from './store.ts'

describeOnStores('stored blocks', (place) => {
  let store: Store
  let db: Db
  let blocks: Blocks
  let nowMs = 0
  let schemas = 0
  beforeAll(async () => {
    store = await openStore(place.location)
  })
  afterAll(() => store.close())
  beforeEach(async () => {
    schemas++
    db = await store.open(`g${schemas}`)
    blocks = createBlocks(db, () => nowMs)
  })

  const load = async () => {
    const loaded: Facts[] = []
    for await (const page of blocks.load()) loaded.push(...page)
    return loaded
  }
  const findings = async () => {
    const rows = await db.selectFrom('findings').select('unique_key').orderBy('unique_key').execute()
    return rows.map((row) => row.unique_key)
  }
  const numbers = async () => (await load()).map(({ block }) => Number(block.number))

  it('come back oldest first, more than fit on a page too', async () => {
    const many = Array.from({ length: 501 }, (_, i) => ({
      hash: hashOf(i, 'a'),
      number: BigInt(i),
      parent_hash: hashOf(i - 1, 'a'),
      timestamp_seconds: 0n,
      facts:
        '{"block":{"number":"0","timestampSeconds":"0"},"txs":[],"calls":[],"observed":{"atMs":0,"refs":[]}}',
    }))
    await db.insertInto('blocks').values(many).execute()
    expect(await load()).toHaveLength(501)
  })

  it('are the same when they are added again', async () => {
    const facts = factsOf(1)
    for (let i = 0; i < 2; i++) {
      await blocks.add(facts, [findingOf(facts, 'k'), findingOf(facts, 'k'), findingOf(facts, 'l')])
    }
    expect(await load()).toEqual([facts])
    expect(await findings()).toEqual(['k', 'l'])
  })

  it('are replaced, with what was found in them, by those of another branch', async () => {
    for (const n of [1, 2, 3]) await blocks.add(factsOf(n), [findingOf(factsOf(n), `k${n}`)])
    await blocks.add(factsOf(2, 'b', 'a'), [findingOf(factsOf(2, 'b'), 'new')])
    expect((await load()).map(({ block }) => block.hash)).toEqual([hashOf(1, 'a'), hashOf(2, 'b')])
    expect(await findings()).toEqual(['k1', 'new'])
  })

  it('are kept as far back as a window begins, and one block more', async () => {
    for (const n of [1, 2, 3, 4, 5, 6]) await blocks.add(factsOf(n), [findingOf(factsOf(n), `k${n}`)])
    // The window of 20 seconds before block 5 begins in block 3; one of 25 between 2 and 3.
    await blocks.prune(factsOf(5).block, 25)
    expect(await numbers()).toEqual([2, 3, 4, 5, 6])
    await blocks.prune(factsOf(5).block, 20)
    expect(await numbers()).toEqual([3, 4, 5, 6])
    await blocks.prune(factsOf(5).block, 0)
    expect(await numbers()).toEqual([5, 6])
    await blocks.prune(factsOf(6).block, 0)
    expect(await numbers()).toEqual([5, 6])
    expect(await findings()).toHaveLength(6)
  })

  it('forget findings after three months', async () => {
    const [old, young] = [factsOf(1), factsOf(2)]
    await blocks.add(old, [findingOf(old, 'old')])
    nowMs = 90 * 86_400_000 + 1
    await blocks.add(young, [findingOf(young, 'young')])
    await blocks.prune(young.block, 3600)
    expect(await findings()).toEqual(['young'])
    nowMs = 0
  })

  it('are forgotten when another specification judges, what was found stays', async () => {
    await blocks.keepFor(hashOf(0, 'specification'))
    await blocks.add(factsOf(1), [findingOf(factsOf(1), 'k')])
    await blocks.keepFor(hashOf(0, 'specification'))
    expect(await numbers()).toEqual([1])
    await blocks.keepFor(hashOf(0, 'another'))
    expect(await numbers()).toEqual([])
    expect(await findings()).toEqual(['k'])
  })
})
