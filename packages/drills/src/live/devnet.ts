import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import type { Address } from '@breakwater/kernel'
import { type Channel, systemClock } from '@breakwater/node'
import { encodeFunctionData } from 'viem'
import type { Drill } from '../drill/drill.ts'
import { type Fleet, guardianAddresses, startFleet } from '../fleet.ts'
import { DOLLARS } from '../market/traders.ts'
import { type ProcessFleetOptions, startProcessFleet } from '../processes.ts'
import { createWorld, type World } from '../world.ts'
import { type Attack, type AttackView, advance, follow, isOver, launch } from './attack.ts'
import { type MarketView, readMarket } from './market.ts'

export interface DevnetOptions {
  seed: number
  guardians: number
  blockMs: number
  port: number
  /** Gets dollars to play with, if given. */
  visitor?: Address
  channels?: readonly Channel[]
  /** Guardians as processes of their own, started by this `breakwater` command. */
  command?: ProcessFleetOptions['command']
  onStep?: (step: string) => void
}

/** Harbor with its market and its guardians, in real time. */
export interface Devnet {
  world: World
  fleet: Fleet
  /** After each block. */
  onBlock(listener: (market: MarketView, attack: AttackView | null) => void): void
  /** Starts an attack; `false` while another one is under way. */
  launch(drill: Drill): boolean
  /** Settles when it was stopped; rejects when something failed. */
  done: Promise<void>
  stop(): Promise<void>
}

/** Minutes of the recorded day in one block: a day passes in 24 minutes of one-second blocks. */
const MINUTES_PER_BLOCK = 1

export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  const { seed, guardians, port, onStep = () => {} } = options
  onStep('chain, contracts and market')
  const world = await createWorld({
    seed,
    guardians: guardianAddresses(seed, guardians),
    port,
    statesKept: 600,
  })
  try {
    if (options.visitor !== undefined) await welcome(world, options.visitor)
    onStep(`${guardians} guardians`)
    const { channels = [], command } = options
    const fleet =
      command === undefined
        ? await startFleet(seed, world, { size: guardians, http: true, channels })
        : await startProcessFleet(seed, world, { size: guardians, command })
    return run(options, world, fleet)
  } catch (error) {
    await world.stop()
    throw error
  }
}

async function welcome({ node, harbor }: World, visitor: Address): Promise<void> {
  const data = encodeFunctionData({
    abi: testDollarAbi,
    functionName: 'mint',
    args: [visitor, DOLLARS(100_000)],
  })
  await node.send({ from: harbor.owner, to: harbor.usdc, data })
}

function run(options: DevnetOptions, world: World, fleet: Fleet): Devnet {
  const listeners: ((market: MarketView, attack: AttackView | null) => void)[] = []
  const stopping = new AbortController()
  let attack: Attack | null = null
  let wanted: Drill | null = null

  const tick = async () => {
    const dueMs = performance.now() + options.blockMs
    world.moveMarket(MINUTES_PER_BLOCK)
    if (wanted !== null) {
      attack = await launch(world, options.seed, wanted)
      wanted = null
    }
    if (attack !== null) await advance(attack)
    const transactions = await world.enqueue()
    await systemClock.sleep(Math.max(0, dueMs - performance.now()), stopping.signal)
    if (stopping.signal.aborted) return
    await world.mine(Math.max(1, Math.round(options.blockMs / 1000)))
    const market = await readMarket(world, transactions)
    if (attack !== null) await follow(world, options.seed, attack, market)
    for (const listener of listeners) listener(market, attack?.view ?? null)
  }
  const loop = async () => {
    while (!stopping.signal.aborted) await tick()
  }
  const done = loop().finally(async () => {
    await fleet.stop()
    await world.stop()
  })
  done.catch(() => {})
  return {
    world,
    fleet,
    onBlock: (listener) => listeners.push(listener),
    launch(drill) {
      if (wanted !== null || (attack !== null && !isOver(attack.view))) return false
      wanted = drill
      return true
    },
    done,
    async stop() {
      stopping.abort()
      await done.catch(() => {})
    },
  }
}
