import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deployProtocol, startChain, type TestChain } from './chain.ts'
import { addressesOf, type Bench, createBench, guardianSigners, type Started, until } from './guardians.ts'

const SIZE = 4
const LOST = 2

let chain: TestChain
let bench: Bench
let guardians: Started[]
let start: (index: number) => Promise<Started>
beforeAll(async () => {
  chain = await startChain()
  bench = await createBench(chain, SIZE)
  const protocol = await deployProtocol(chain, addressesOf(guardianSigners(SIZE)))
  start = (index) => bench.start({ protocol, index, size: SIZE, name: `lost_${index}` })
  guardians = await Promise.all([0, 1, 2, 3].map(start))
})
afterAll(async () => {
  await bench?.stop()
  await chain?.stop()
})

const log = () => join(bench.folder, `lost_${LOST}`, 'votes.wal')
const viewOf = (guardian: Started | undefined) => guardian?.actor?.status().view ?? 0n
/** The last view in which the others have seen a vote of the guardian whose log is lost. */
const votedIn = () => guardians[0]?.actor?.status().voted[LOST] ?? 0n

it('a guardian whose log of votes is gone keeps silent until the safe point, says so, and votes again', async () => {
  await until(() => votedIn() >= 3n)
  await guardians[LOST]?.stop()
  await rm(log())
  const [before, view] = [votedIn(), viewOf(guardians[0])]
  const back = await start(LOST)
  expect(back.actor?.status()).toHaveProperty('silentBelow')
  expect(back.actor?.obstacles().join()).toMatch(/^does not vote.*lost/)
  await until(() => votedIn() > before)
  // The others were in this view or a later one when they were asked.
  expect(votedIn()).toBeGreaterThanOrEqual(view + 2n)
  await until(async () => (await back.ready()).ready)
})
