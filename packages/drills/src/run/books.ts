import { seamedPerpsAbi } from '@breakwater/contracts/SeamedPerps'
import { seamedVaultAbi } from '@breakwater/contracts/SeamedVault'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { ASSETS } from '@breakwater/deploy'
import type { Address } from '@breakwater/kernel'
import { toEventSelector } from 'viem'
import type { DevNode } from '../chain/devNode.ts'
import { feedPrices, report, type World } from '../world.ts'

/** Harbor's own wealth, in units of the dollar. */
export interface Books {
  /**
   * What belongs to the liquidity providers at the market's price, less what the honest traders' cash falls short of
   * their claims, plus what honest providers took out and less what they brought: that is neither gain nor loss.
   */
  wealth: bigint
  badDebt: bigint
}

const BLOCKS_TO_MEND = 120

/** Brings the feeds back to the market, so that positions are worth what they are worth. */
export async function settlePrices(world: World): Promise<void> {
  const { node, harbor } = world
  for (let i = 0; i < BLOCKS_TO_MEND; i++) {
    const [feeds, market] = [await feedPrices(node, harbor), world.prices()]
    if (ASSETS.every((asset) => feeds.get(asset) === market.get(asset))) return
    await report(node, harbor, world.reporter, market, 10n ** 12n)
    await world.mine(1)
  }
}

/**
 * Whoever withdraws somebody else's shares takes them; everybody else gets his own. Claims of the intruders count as
 * far as there is money to pay them.
 */
export async function readBooks({ node, harbor }: World, intruders: readonly Address[]): Promise<Books> {
  const { vault, perps, usdc } = harbor
  const [worth = 0n, cash = 0n, claims = 0n, badDebt = 0n, ...theirs] = (await node.read([
    { to: vault, abi: seamedVaultAbi, name: 'totalAssets' },
    { to: usdc, abi: testDollarAbi, name: 'balanceOf', args: [perps] },
    { to: perps, abi: seamedPerpsAbi, name: 'totalClaims' },
    { to: perps, abi: seamedPerpsAbi, name: 'badDebt' },
    ...intruders.map((account) => ({ to: perps, abi: seamedPerpsAbi, name: 'cashOf', args: [account] })),
  ])) as bigint[]
  const honestClaims = claims - theirs.reduce((sum, own) => sum + own, 0n)
  const shortfall = Math.min(Number(claims - cash), Number(honestClaims))
  return { wealth: worth - BigInt(shortfall) - (await netDeposits(node, vault)), badDebt }
}

const DEPOSIT = toEventSelector('Deposit(address,address,uint256,uint256)')
const WITHDRAW = toEventSelector('Withdraw(address,address,address,uint256,uint256)')

async function netDeposits(node: DevNode, vault: Address): Promise<bigint> {
  const logs = await node.logs(vault, [[DEPOSIT, WITHDRAW]])
  return logs.reduce((sum, { topics: [event, , receiver, owner], data }) => {
    const assets = BigInt(data.slice(0, 66))
    if (event === DEPOSIT) return sum + assets
    return receiver === owner ? sum - assets : sum
  }, 0n)
}
