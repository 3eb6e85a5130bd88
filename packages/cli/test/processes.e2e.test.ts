import { fileURLToPath } from 'node:url'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import {
  createWorld,
  type Fleet,
  type FleetGuardian,
  guardianAddresses,
  startProcessFleet,
  type World,
} from '@breakwater/drills'
import type { GuardianEvent } from '@breakwater/node'
import { encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const BIN = fileURLToPath(new URL('../bin/breakwater.mjs', import.meta.url))
const SEED = 11
const SIZE = 4

interface Status {
  peers: readonly { connectedSinceMs: number | null }[]
}

/** What a guardian tells of something like this, from now on. */
function told(guardian: FleetGuardian, isIt: (event: GuardianEvent) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const unsubscribe = guardian.events.subscribe((event) => {
      if (!isIt(event)) return
      unsubscribe()
      resolve()
    })
    guardian.done.then(() => reject(new Error(`${guardian.address} has ended`)), reject)
  })
}

describe('four guardians, each in a process of its own', () => {
  let world: World
  let fleet: Fleet
  beforeAll(async () => {
    world = await createWorld({ seed: SEED, guardians: guardianAddresses(SEED, SIZE) })
    fleet = await startProcessFleet(SEED, world, {
      size: SIZE,
      command: [process.execPath, BIN],
    })
  })
  afterAll(async () => {
    await fleet?.stop()
    await world?.stop()
  })

  const all = (isIt: (event: GuardianEvent) => boolean) =>
    fleet.guardians.filter((guardian) => guardian !== null).map((guardian) => told(guardian, isIt))
  const hasStatus = (status: string) => (event: GuardianEvent) =>
    event.type === 'incident' && event.incident.status === status
  /** A block, once every guardian has judged it. */
  const nextBlock = async () => {
    const number = world.startBlock + BigInt(world.ticks) + 1n
    const judged = all((event) => event.type === 'block' && event.number >= number)
    world.moveMarket(1)
    await world.enqueue()
    await world.mine(1)
    await Promise.all(judged)
  }
  const breakBooks = async () => {
    const { node, harbor } = world
    await node.fund([harbor.perps])
    const [dollars] = await node.read([
      { to: harbor.usdc, abi: testDollarAbi, name: 'balanceOf', args: [harbor.perps] },
    ])
    const args = [harbor.owner, dollars as bigint] as const
    const data = encodeFunctionData({ abi: testDollarAbi, functionName: 'transfer', args })
    await node.send({ from: harbor.perps, to: harbor.usdc, data })
  }

  it('know each other, and stop a theft in the next block', async () => {
    await nextBlock()
    const certified = all(hasStatus('certified'))
    const carried = Promise.race(all(({ type }) => type === 'carried'))
    await breakBooks()
    await nextBlock()
    await Promise.all(certified)
    await carried
    const executed = all(hasStatus('executed'))
    await nextBlock()
    await Promise.all(executed)
  })

  it('go on without one that is killed, which comes back and is connected to all', async () => {
    await fleet.crash(2)
    await nextBlock()
    await fleet.restart(2)
    await nextBlock()
    const url = fleet.guardians[2]?.url
    const incidents = (await (await fetch(`${url}/incidents`)).json()) as { status: string }[]
    expect(incidents.map(({ status }) => status)).toContain('executed')
    await vi.waitUntil(async () => {
      const status = (await (await fetch(`${url}/status`)).json()) as Status
      return status.peers.filter(({ connectedSinceMs }) => connectedSinceMs !== null).length === SIZE - 1
    })
    expect(fleet.guardians[2]?.view()).toMatchObject({ state: 'clear', isStalled: false })
  })
})
