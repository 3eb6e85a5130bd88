import { createLocalSigner } from '@breakwater/keys'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeOnStores } from '../../test/stores.ts'
import { systemClock } from '../clock.ts'
import { openAudit, verifyAudit } from './audit.ts'
import { type Db, openStore, type Store } from './store.ts'

describeOnStores('audit log', (place) => {
  const signer = createLocalSigner(`0x${'07'.repeat(32)}`)
  let store: Store
  let db: Db
  beforeAll(async () => {
    store = await openStore(place.location)
    db = await store.open('g')
    const audit = await openAudit(db, signer, systemClock)
    await Promise.all([1, 2, 3].map((n) => audit.append('finding', { n })))
    await (await openAudit(db, signer, systemClock)).append('action', { n: 4 })
  })
  afterAll(() => store.close())

  it('is one chain, in the order of the calls, across restarts', async () => {
    const bodies = await db.selectFrom('audit').select('body').orderBy('seq').execute()
    expect(bodies.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}'])
    expect(await verifyAudit(db, signer.address)).toBeNull()
  })

  it('shows another signer, a changed entry and a missing one', async () => {
    expect(await verifyAudit(db, `0x${'01'.repeat(20)}`)).toEqual({ seq: 1n, reason: 'not signed' })
    await db.updateTable('audit').set({ body: '{"n":9}' }).where('seq', '=', 3n).execute()
    expect(await verifyAudit(db, signer.address)).toEqual({ seq: 3n, reason: 'changed' })
    await db.deleteFrom('audit').where('seq', '=', 2n).execute()
    expect(await verifyAudit(db, signer.address)).toEqual({ seq: 2n, reason: 'missing' })
  })
})
