import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { seamedPerpsAbi } from '@breakwater/contracts/SeamedPerps'
import { seamedVaultAbi } from '@breakwater/contracts/SeamedVault'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { ASSETS, type Asset, marketId } from '@breakwater/deploy'
import type { Address } from '@breakwater/kernel'
import { feedPrices, type World } from '../world.ts'

export interface BrakeView {
  target: 'vault' | 'perps'
  level: number
  /** When it ends by itself, seconds since 1970 by the chain; 0 while not braked. */
  untilSeconds: bigint
}

/** The state of the market after a block, amounts in USD. */
export interface MarketView {
  block: bigint
  timestampSeconds: bigint
  /** The market's price and the feed's. */
  prices: readonly { asset: Asset; marketUsd: number; feedUsd: number }[]
  tvlUsd: number
  traderCashUsd: number
  claimsUsd: number
  openInterestUsd: number
  transactions: number
  brakes: readonly BrakeView[]
}

export async function readMarket(world: World, transactions: number): Promise<MarketView> {
  const { node, harbor } = world
  const feeds = await feedPrices(node, harbor)
  const status = (target: Address) => ({
    to: harbor.breaker,
    abi: circuitBreakerAbi,
    name: 'statusOf',
    args: [target],
  })
  const [tvl, cash, claims, vaultBrake, perpsBrake, ...interest] = await node.read([
    { to: harbor.vault, abi: seamedVaultAbi, name: 'totalAssets' },
    { to: harbor.usdc, abi: testDollarAbi, name: 'balanceOf', args: [harbor.perps] },
    { to: harbor.perps, abi: seamedPerpsAbi, name: 'totalClaims' },
    status(harbor.vault),
    status(harbor.perps),
    ...ASSETS.map((asset) => ({
      to: harbor.perps,
      abi: seamedPerpsAbi,
      name: 'openInterest',
      args: [marketId(asset)],
    })),
  ])
  const usd = (units: unknown) => Number(units as bigint) / 1e6
  const brake = (target: BrakeView['target'], answer: unknown): BrakeView => {
    const [level, untilSeconds] = answer as readonly [number, bigint]
    return { target, level, untilSeconds }
  }
  const market = world.prices()
  return {
    block: world.startBlock + BigInt(world.ticks),
    timestampSeconds: world.timestampSeconds,
    prices: ASSETS.map((asset) => ({
      asset,
      marketUsd: Number(market.get(asset)) / 1e8,
      feedUsd: Number(feeds.get(asset)) / 1e8,
    })),
    tvlUsd: usd(tvl),
    traderCashUsd: usd(cash),
    claimsUsd: usd(claims),
    openInterestUsd: ASSETS.reduce((sum, asset, index) => {
      const [long, short] = interest[index] as readonly [bigint, bigint]
      return sum + (Number(long + short) / 1e18) * (Number(market.get(asset)) / 1e8)
    }, 0),
    transactions,
    brakes: [brake('vault', vaultBrake), brake('perps', perpsBrake)],
  }
}
