import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createWebhook, systemClock } from '../src/index.ts'
import { openWal } from '../src/wal.ts'
import { deployProtocol, startChain, type TestChain } from './chain.ts'
import { addressesOf, type Bench, createBench, guardianSigners, until } from './guardians.ts'
import { startReceiver } from './receiver.ts'
import { createSmallDisk, type SmallDisk, smallDiskMissing } from './tmpfs.ts'

const why = smallDiskMissing === null ? '' : ` (skipped: ${smallDiskMissing})`

describe.skipIf(smallDiskMissing !== null)(`on a full disk${why}`, () => {
  let disk: SmallDisk
  beforeEach(() => {
    disk = createSmallDisk()
  })
  afterEach(() => disk.remove())

  it('a log promises nothing, and holds exactly what it promised once there is space again', async () => {
    const path = join(disk.folder, 'votes.wal')
    const wal = await openWal(path)
    const record = (first: number) => new Uint8Array(3000).fill(first)
    const append = (first: number) =>
      wal.append([record(first)]).then(
        () => first,
        (error) => error.code,
      )
    expect(await append(1)).toBe(1)
    disk.fill()
    expect([await append(2), await append(3)]).toEqual(['NODE_WAL_IO', 'NODE_WAL_IO'])
    disk.free()
    expect(await append(4)).toBe(4)
    disk.fill()
    await expect(wal.replace([record(9)])).rejects.toMatchObject({ code: 'NODE_WAL_IO', retry: 'later' })
    disk.free()
    expect((await wal.read()).map(([first]) => first)).toEqual([1, 4])
    await wal.close()
    const again = await openWal(path)
    expect(again.recovered.map(([first]) => first)).toEqual([1, 4])
    await again.close()
  })

  describe('a guardian', () => {
    let chain: TestChain
    let bench: Bench
    beforeAll(async () => {
      chain = await startChain()
      bench = await createBench(chain)
    })
    afterAll(async () => {
      await bench?.stop()
      await chain?.stop()
    })

    it('does not vote and says why, observes and tells, and votes again when there is space', async () => {
      const protocol = await deployProtocol(chain, addressesOf(guardianSigners(1)))
      const receiver = await startReceiver()
      const channels = [createWebhook({ name: 'hook', url: receiver.url, secret: 's' }, systemClock)]
      const guardian = await bench.start({ protocol, name: 'full', dataDir: disk.folder, channels })
      const head = () => guardian.watcher.evaluations.head()?.block.number
      await until(async () => (await guardian.ready()).ready)

      disk.fill()
      // Heartbeats use up what is left of the last page.
      await until(async () =>
        (await guardian.ready()).reasons.some((reason) => /^does not vote: .*no space left/.test(reason)),
      )
      await protocol.drain()
      const { number } = await chain.mine()
      await until(() => receiver.told.some(({ type }) => type === 'alert'))
      await chain.mine(3)
      await until(() => head() === number + 3n)
      expect(guardian.statuses()).toEqual(['opened reserve'])
      expect(await protocol.isPaused()).toBe(false)

      disk.free()
      await until(() => guardian.statuses().includes('certified'))
      await until(() => guardian.told.some(({ type }) => type === 'carried'))
      await chain.mine()
      await until(protocol.isPaused)
      await until(async () => (await guardian.ready()).ready)
      await guardian.stop()

      const votes = await openWal(join(disk.folder, 'votes.wal'))
      expect(votes.recovered.length).toBeGreaterThan(1)
      await votes.close()
      await receiver.stop()
    })
  })
})
