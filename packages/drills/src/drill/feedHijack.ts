import { priceFeedAbi } from '@breakwater/contracts/PriceFeed'
import { seamedPerpsAbi } from '@breakwater/contracts/SeamedPerps'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { encodeFunctionData } from 'viem'
import { devAddress } from '../chain/accounts.ts'
import type { Send } from '../chain/devNode.ts'
import { HARBOR, marketId } from '../harbor/deploy.ts'
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
  summary:
    'a stolen reporter key bends the price up and down, and positions are opened and closed against it',
  lossLimitUsd: 75_000,
  startMinute: 120,
  ticks: ATTACK_TICKS,
  attackTick: 12,
  recoveryTicks: 15,
  create,
}

async function create(seed: number, world: World): Promise<Intruder> {
  const { node, harbor } = world
  const trader = devAddress(seed, 'hijacker')
  const stolen = world.reporter
  const successor = devAddress(seed, 'reporter after the incident')
  const send = (call: Omit<Send, 'tipWei'>, rank: bigint) =>
    node.send({ ...call, tipWei: ATTACKER_TIP_WEI - rank * 10n ** 9n })
  const perps = (functionName: string, args: readonly unknown[], rank: bigint) =>
    send(
      {
        from: trader,
        to: harbor.perps,
        data: encodeFunctionData({ abi: seamedPerpsAbi, functionName, args } as never),
      },
      rank,
    )
  const usdc = (from: typeof trader, functionName: string, args: readonly unknown[]) =>
    node.send({
      from,
      to: harbor.usdc,
      data: encodeFunctionData({ abi: testDollarAbi, functionName, args } as never),
    })

  return {
    accounts: [trader],
    async prepare(ticksLeft) {
      if (ticksLeft < PREPARING_TICKS) return
      await node.fund([trader, successor])
      await usdc(harbor.owner, 'mint', [trader, DOLLARS(MARGIN_DOLLARS)])
      await usdc(trader, 'approve', [harbor.perps, DOLLARS(MARGIN_DOLLARS)])
      await perps('deposit', [DOLLARS(MARGIN_DOLLARS)], 0n)
    },
    async act(round) {
      // Down one step, then up and down for ever: a wave around the market's price.
      const isDown = round === 0 || Math.ceil(round / LEG) % 2 === 0
      const isTurn = round % LEG === 0
      const price = (await feedPrices(node, harbor)).get('BTC') ?? 1n
      const step = (price * HARBOR.feedMaxStepBps) / 10_000n
      const bent = isDown ? price - step : price + step
      const data = encodeFunctionData({ abi: priceFeedAbi, functionName: 'submit', args: [bent] })
      await send({ from: stolen, to: harbor.btcFeed, data }, 0n)
      if (isTurn) await turn(isDown, bent)
      const [left] = await node.read([{ to: harbor.perps, abi: seamedPerpsAbi, name: 'outflowLeft' }])
      if (round > LEG) await perps('withdraw', [((left as bigint) * 99n) / 100n], 3n)
    },
    async mend() {
      const data = encodeFunctionData({ abi: priceFeedAbi, functionName: 'setReporter', args: [successor] })
      await node.send({ from: harbor.owner, to: harbor.btcFeed, data })
      await node.send({ from: harbor.owner, to: harbor.ethFeed, data })
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
    if (size !== 0n)
      await perps('close', [marketId('BTC'), size < 0n ? -size : size, size > 0n ? 0n : ANY_PRICE], 1n)
    // All that the side's open interest has room for.
    const most = (HARBOR.maxOpenInterest * 10n ** 20n) / priceE8
    const room = ((most - open[isDown ? 0 : 1]) * 99n) / 100n
    if (room > 0n) await perps('open', [marketId('BTC'), isDown, room, isDown ? ANY_PRICE : 0n], 2n)
  }
}
