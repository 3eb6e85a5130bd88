import { priceFeedAbi } from '@breakwater/contracts/PriceFeed'
import { seamedPerpsAbi, seamedPerpsBytecode } from '@breakwater/contracts/SeamedPerps'
import { seamedVaultAbi, seamedVaultBytecode } from '@breakwater/contracts/SeamedVault'
import {
  ASSETS,
  type Asset,
  feedOf,
  HARBOR,
  type Harbor,
  type InlineProtection,
  planDevnet,
  runPlan,
} from '@breakwater/deploy'
import { type Anvil, startAnvil } from '@breakwater/devchain'
import type { Address, Hex } from '@breakwater/kernel'
import { encodeFunctionData } from 'viem'
import { devAddress } from './chain/accounts.ts'
import { createDevChain } from './chain/devChain.ts'
import { createDevNode, type DevNode } from './chain/devNode.ts'
import { createPricePath } from './market/path.ts'
import { type PriceVenues, startPriceVenues } from './market/sources.ts'
import { type Crowd, createCrowd } from './market/traders.ts'

export interface WorldOptions {
  seed: number
  guardians: readonly Address[]
  /** Port of the chain's RPC; 0 takes a free one. */
  port?: number
  statesKept?: number
  /** Minute of the recorded day to begin with. */
  startMinute?: number
  inline?: InlineProtection
}

/** One step of the market and the chain: how much time passes on the chain, and on the recorded day. */
export interface Tick {
  seconds: number
  minutes: number
}

/** Harbor on a real chain, with a market around it. Time passes only by `tick`. */
export interface World {
  anvil: Anvil
  node: DevNode
  harbor: Harbor
  crowd: Crowd
  venues: PriceVenues
  guardians: readonly Address[]
  /** The first block in which Harbor is complete and inhabited. */
  startBlock: bigint
  /** The key that reports prices. Whoever has it can bend them. */
  reporter: Address
  /** Whether the honest reporter reports. */
  isReporting: boolean
  ticks: number
  minute: number
  timestampSeconds: bigint
  /** What the market says, wherever the feeds are. */
  prices(): ReadonlyMap<Asset, bigint>
  /** Moves the market: venues first, as in the world. */
  moveMarket(minutes: number): void
  /** The reporter's and the crowd's transactions for the block to come. */
  enqueue(): Promise<number>
  /** Mines what waits. */
  mine(seconds: number): Promise<{ number: bigint; hash: Hex }>
  stop(): Promise<void>
}

/** Binance's day, on the chain's calendar: a fixed start makes every run alike. */
const GENESIS_SECONDS = 1_760_054_400n

export async function createWorld(options: WorldOptions): Promise<World> {
  const { seed, guardians, port = 0, statesKept = 256, startMinute = 0, inline } = options
  const anvil = await startAnvil({
    port,
    statesKept,
    timestampSeconds: Number(GENESIS_SECONDS - 10n),
    args: ['--no-mining', '--gas-limit', '1000000000'],
  })
  const venues = await startPriceVenues()
  try {
    const node = createDevNode(anvil.url)
    const path = createPricePath(seed)
    const pricesAt = (minute: number) => new Map(ASSETS.map((asset) => [asset, path.priceE8(asset, minute)]))
    const [owner, reporter] = [devAddress(seed, 'owner'), devAddress(seed, 'reporter')]
    await node.fund([owner, reporter])
    venues.set(pricesAt(startMinute))
    const prices = pricesAt(startMinute)
    const { plan, harbor } = planDevnet({
      ...{ chainId: Number(await node.request('eth_chainId')), owner, reporter, guardians, prices },
      vault: { abi: seamedVaultAbi, bytecode: seamedVaultBytecode },
      perps: { abi: seamedPerpsAbi, bytecode: seamedPerpsBytecode },
      ...(inline && { inline }),
    })
    await runPlan(plan, createDevChain(node, GENESIS_SECONDS - 1n))
    const crowd = createCrowd(seed, node, harbor)
    await crowd.settleIn()
    const first = GENESIS_SECONDS + 1n
    const { number: startBlock } = await node.mine(first)
    const parts = { anvil, node, harbor, crowd, venues, guardians, reporter, startBlock }
    return assemble(parts, pricesAt, startMinute, first)
  } catch (error) {
    await venues.stop()
    await anvil.stop()
    throw error
  }
}

function assemble(
  parts: Pick<
    World,
    'anvil' | 'node' | 'harbor' | 'crowd' | 'venues' | 'guardians' | 'reporter' | 'startBlock'
  >,
  pricesAt: (minute: number) => ReadonlyMap<Asset, bigint>,
  startMinute: number,
  timestampSeconds: bigint,
): World {
  const { anvil, node, harbor, crowd, venues } = parts
  const world: World = {
    ...parts,
    isReporting: true,
    ticks: 0,
    minute: startMinute,
    timestampSeconds,
    prices: () => pricesAt(world.minute),
    moveMarket(minutes) {
      world.minute += minutes
      venues.set(world.prices())
    },
    async enqueue() {
      const reported = world.isReporting ? await report(node, harbor, world.reporter, world.prices()) : 0
      return reported + (await crowd.act(world.ticks, world.prices()))
    },
    async mine(seconds) {
      world.ticks++
      world.timestampSeconds += BigInt(seconds)
      return node.mine(world.timestampSeconds)
    },
    async stop() {
      await venues.stop()
      await anvil.stop()
    },
  }
  return world
}

/** What the feeds say now. */
export async function feedPrices(node: DevNode, harbor: Harbor): Promise<Map<Asset, bigint>> {
  const answers = await node.read(
    ASSETS.map((asset) => ({ to: feedOf(harbor, asset), abi: priceFeedAbi, name: 'latestRoundData' })),
  )
  return new Map(ASSETS.map((asset, index) => [asset, (answers[index] as readonly bigint[])[1] ?? 0n]))
}

/** Reports prices, as near as the feed lets them move in one block. */
export async function report(
  node: DevNode,
  harbor: Harbor,
  reporter: Address,
  wanted: ReadonlyMap<Asset, bigint>,
  tipWei?: bigint,
): Promise<number> {
  const current = await feedPrices(node, harbor)
  for (const asset of ASSETS) {
    const from = current.get(asset) ?? 0n
    const step = (from * HARBOR.feedMaxStepBps) / 10_000n
    const to = wanted.get(asset) ?? from
    const answer = to > from + step ? from + step : to < from - step ? from - step : to
    const data = encodeFunctionData({ abi: priceFeedAbi, functionName: 'submit', args: [answer] })
    await node.send({
      from: reporter,
      to: feedOf(harbor, asset),
      data,
      ...(tipWei === undefined ? {} : { tipWei }),
    })
  }
  return ASSETS.length
}
