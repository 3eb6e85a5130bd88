import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Db, guardianSchema, openStore, type Store, startConfigured, systemClock } from '../src/index.ts'
import { until } from './guardians.ts'
import { type Postgres, postgresBin, startPostgres } from './postgres.ts'

const SPECIFICATION = `version: 1
protocol: { name: Reserve, kinds: [vault] }
networks: [{ slug: local, chainId: 31337 }]
contracts:
  usdc: { address: "eip155:31337:0x${'0a'.repeat(20)}", abi: erc20, decimals: 6 }
values:
  supply: usdc.totalSupply()
invariants:
  - { id: some, require: supply >= 1 usdc, severity: high }
`
const why = postgresBin === null ? ' (skipped: PostgreSQL 15 or later is not installed)' : ''

describe.skipIf(postgresBin === null)(`a PostgreSQL server${why}`, () => {
  let postgres: Postgres
  const stores: Store[] = []
  const open = async (): Promise<Store> => {
    const store = await openStore(postgres.url)
    stores.push(store)
    return store
  }
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
  })
  const keysIn = async (db: Db) => (await db.selectFrom('meta').select('key').execute()).map(({ key }) => key)
  const put = (db: Db, key: string) => db.insertInto('meta').values({ key, value: '' }).execute()

  it('is made ready by whoever comes first, of eight who come at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, open))
    const dbs = await Promise.all(all.map((store) => store.open('eight')))
    await put(dbs[0] as Db, 'k')
    for (const db of dbs) expect(await keysIn(db)).toEqual(['k'])
    expect(await (dbs[0] as Db).selectFrom('migrations').select('name').execute()).toHaveLength(1)
  })

  it('may crash and come back: what was stored is there, and the same store goes on', async () => {
    const db = await (await open()).open('crashing')
    await put(db, 'before')
    await postgres.crash()
    await expect(put(db, 'lost')).rejects.toThrow()
    await postgres.restart()
    await put(db, 'after')
    expect(await keysIn(db)).toEqual(['before', 'after'])
  })

  describe('lets only one process have an identity', () => {
    const names = ['guardian 0x01']
    const never = (error: unknown) => expect.unreachable(String(error))
    const refused = { code: 'NODE_LOCKED', message: expect.stringContaining(names[0] ?? ''), retry: 'later' }

    it('whichever data folders they have; it is free when released', async () => {
      const [first, second] = [await open(), await open()]
      const release = await first.claim(names, systemClock, never)
      await expect(second.claim(['other', ...names], systemClock, never)).rejects.toMatchObject(refused)
      await (await second.claim(['other'], systemClock, never))()
      await release()
      await (await second.claim(names, systemClock, never))()
    })

    it('as guardians are started by their files, whatever their keys', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'breakwater-claimed-'))
      const specification = join(folder, 'vault.breakwater.yaml')
      await writeFile(specification, SPECIFICATION)
      const log = pino({ level: 'silent' })
      const run = (name: string) => {
        const file = { specification, rpc: ['http://127.0.0.1:1'], mode: 'observe', http: false }
        return startConfigured(
          guardianSchema.parse({ ...file, data: join(folder, name), store: postgres.url }),
          log,
        )
      }
      const first = await run('a')
      await expect(run('b')).rejects.toMatchObject({ code: 'NODE_LOCKED', retry: 'later' })
      await first.stop()
      await (await run('b')).stop()
      await rm(folder, { recursive: true })
    })

    it('and it is free once that process is killed', async () => {
      const owner = fork(fileURLToPath(new URL('./claimant.ts', import.meta.url)), [postgres.url, ...names], {
        execArgv: ['--import', 'tsx'],
      })
      await once(owner, 'message')
      const store = await open()
      await expect(store.claim(names, systemClock, never)).rejects.toMatchObject(refused)
      owner.kill('SIGKILL')
      await once(owner, 'exit')
      let release = async () => {}
      // The server takes the lock back when it notices that nobody is there any more.
      await until(() =>
        store.claim(names, systemClock, never).then(
          (claimed) => {
            release = claimed
            return true
          },
          () => false,
        ),
      )
      await release()
    })

    it('again after a crash of the server, or tells who was too late', async () => {
      const soon = {
        ...systemClock,
        schedule: (ms: number, task: () => void) => systemClock.schedule(ms / 100, task),
      }
      const losses: unknown[] = []
      const [first, second] = [await open(), await open()]
      const release = await first.claim(names, soon, (error) => losses.push(error))
      await postgres.crash()
      await postgres.restart()
      // Whether the first one has claimed it again by now or not: one of the two has it, and the other one knows.
      const newcomer = await second.claim(names, soon, never).catch((error) => error.code as string)
      if (newcomer === 'NODE_LOCKED') expect(losses).toEqual([])
      else await until(() => losses.length === 1)
      await release()
      if (typeof newcomer !== 'string') await newcomer()
    })
  })

  it('does not outlive the tests, not even when they are killed', async () => {
    const owner = fork(fileURLToPath(new URL('./postgresOwner.ts', import.meta.url)), [], {
      execArgv: ['--import', 'tsx'],
    })
    const [url] = (await once(owner, 'message')) as [string]
    const folder = decodeURIComponent(new URL(url).hostname || (/@([^/]+)/.exec(url)?.[1] ?? ''))
    expect(existsSync(folder)).toBe(true)
    owner.kill('SIGKILL')
    await until(async () => !existsSync(folder))
    await expect(openStore(url)).rejects.toMatchObject({ code: 'NODE_STORE_OPEN', retry: 'later' })
  })
})
