import { priceFeedAbi } from '@breakwater/contracts/PriceFeed'
import { seamedPerpsAbi } from '@breakwater/contracts/SeamedPerps'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { HARBOR, marketId } from '@breakwater/deploy'
import type { Address } from '@breakwater/kernel'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import { DOLLARS } from '../market/traders.ts'
import { feedPrices, type World } from '../world.ts'
import { ATTACK_TICKS, ATTACKER_TIP_WEI, type Drill, type Intruder, PREPARING_TICKS } from './drill.ts'

/** Three steps up, three steps down: as long as a position must be held before it can be closed. */
const LEG = 3
const MARGIN_DOLLARS = 400_000
const ANY_PRICE = 2n ** 255n

/** Whoever holds the reporter's key bends the price, as fast as the feed lets it, and trades against it. */
export const feedHijack: Drill = {
  name: 'feed-hijack',
  class: 'compromised price source (KiloEx, April 2025; BonqDAO, February 2023)',
  kind: 'attack',
  enforcement: 'direct',
  isLaunchable: true,
  summary:
    'a stolen reporter key bends the price up and down, and positions are opened and closed against it',
  lossLimitUsd: 75_000,
  startMinute: 120,
  ticks: ATTACK_TICKS,
  attackTick: 12,
  recoveryTicks: 15,
  create: (seed, world) => createHijacker(seed, world, world.reporter),
}

/** @param reporter whose key bends the price, once it reports */
export async function createHijacker(seed: number, world: World, reporter: Address): Promise<Intruder> {
  const { node, harbor } = world
  const trader = devAddress(seed, 'hijacker')
  const successor = devAddress(seed, 'reporter after the incident')
  const btcFeed = createCaller(harbor.btcFeed, priceFeedAbi)
  const ethFeed = createCaller(harbor.ethFeed, priceFeedAbi)
  const usdc = createCaller(harbor.usdc, testDollarAbi)
  const perps = createCaller(harbor.perps, seamedPerpsAbi)
  /** In this order in the block, before everybody else. */
  const trade = (rank: bigint, functionName: string, args: readonly unknown[]) =>
    node.send(perps(trader, functionName, args, { tipWei: ATTACKER_TIP_WEI - rank * 10n ** 9n }))

  return {
    accounts: [trader],
    async prepare(ticksLeft) {
      if (ticksLeft < PREPARING_TICKS) return
      await node.fund([trader, successor])
      await node.send(usdc(harbor.owner, 'mint', [trader, DOLLARS(MARGIN_DOLLARS)]))
      await node.send(usdc(trader, 'approve', [harbor.perps, DOLLARS(MARGIN_DOLLARS)]))
      await trade(0n, 'deposit', [DOLLARS(MARGIN_DOLLARS)])
    },
    async act(round) {
      // Down one step, then up and down for ever: a wave around the market's price.
      const isDown = round === 0 || Math.ceil(round / LEG) % 2 === 0
      const isTurn = round % LEG === 0
      const bent = await bendBtc(world, reporter, isDown)
      if (isTurn) await turn(isDown, bent)
      const [left] = await node.read([{ to: harbor.perps, abi: seamedPerpsAbi, name: 'outflowLeft' }])
      if (round > LEG) await trade(3n, 'withdraw', [((left as bigint) * 99n) / 100n])
    },
    async mend() {
      await node.send(btcFeed(harbor.owner, 'setReporter', [successor]))
      await node.send(ethFeed(harbor.owner, 'setReporter', [successor]))
      world.reporter = successor
    },
  }

  /** At the bottom of the wave long, at its top short: what was opened at the other end is closed with a profit. */
  async function turn(isDown: boolean, priceE8: bigint): Promise<void> {
    const [position, open] = (await node.read([
      { to: harbor.perps, abi: seamedPerpsAbi, name: 'positionOf', args: [trader, marketId('BTC')] },
      { to: harbor.perps, abi: seamedPerpsAbi, name: 'openInterest', args: [marketId('BTC')] },
    ])) as [readonly [bigint], readonly [bigint, bigint]]
    const [size] = position
    const [held, limit] = size < 0n ? [-size, ANY_PRICE] : [size, 0n]
    if (held !== 0n) await trade(1n, 'close', [marketId('BTC'), held, limit])
    // All that the side's open interest has room for.
    const most = (HARBOR.maxOpenInterest * 10n ** 20n) / priceE8
    const room = ((most - open[isDown ? 0 : 1]) * 99n) / 100n
    if (room > 0n) await trade(2n, 'open', [marketId('BTC'), isDown, room, isDown ? ANY_PRICE : 0n])
  }
}

/** Moves the price of BTC as far as the feed lets it go in one block, and answers where it is then. */
export async function bendBtc({ node, harbor }: World, reporter: Address, isDown: boolean): Promise<bigint> {
  const price = (await feedPrices(node, harbor)).get('BTC') ?? 1n
  const step = (price * HARBOR.feedMaxStepBps) / 10_000n
  const bent = isDown ? price - step : price + step
  const btcFeed = createCaller(harbor.btcFeed, priceFeedAbi)
  await node.send(btcFeed(reporter, 'submit', [bent], { tipWei: ATTACKER_TIP_WEI }))
  return bent
}
