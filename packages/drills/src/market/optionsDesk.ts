import { harborOptionsAbi } from '@breakwater/contracts/HarborOptions'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { type Asset, marketId } from '@breakwater/deploy'
import { type Address, keccak } from '@breakwater/kernel'
import { encodeAbiParameters, parseAbiParameters } from 'viem'
import { createCaller } from '../chain/caller.ts'
import type { World } from '../world.ts'
import { DOLLARS } from './traders.ts'

/** What a series promises, as the contract takes it; a put. */
export interface PutTerms {
  asset: Asset
  strikeE8: bigint
  expirySeconds: bigint
}

/** One series of puts, from its listing to its settlement. */
export interface PutDesk {
  /** Somebody lists the series, writes so many units, and offers the longs at this premium each, in units of the dollar. */
  write(writer: Address, units: bigint, premium: bigint): Promise<void>
  /** Buys all that is offered. */
  take(buyer: Address, units: bigint): Promise<void>
  /** Once the expiry has passed, and unless it is done: anybody settles. */
  settle(anybody: Address): Promise<void>
  /** Has the longs of a settled series paid. */
  redeem(holder: Address): Promise<void>
  settlement(): Promise<{ isSettled: boolean; priceE8: bigint }>
  /** Dollars, and what tokens that were settled are still worth, in units of the dollar. */
  wealthOf(account: Address): Promise<bigint>
}

const FIRST_OFFER = 1n
const TERMS = parseAbiParameters(
  '(bytes32 asset, uint64 strikeE8, uint64 capE8, uint40 expirySeconds, bool isCall)',
)

export function createPutDesk(world: World, { asset, strikeE8, expirySeconds }: PutTerms): PutDesk {
  const { node, harbor } = world
  const options = createCaller(harbor.options, harborOptionsAbi)
  const usdc = createCaller(harbor.usdc, testDollarAbi)
  const id = marketId(asset)
  const terms = { asset: id, strikeE8, capE8: 0n, expirySeconds: Number(expirySeconds), isCall: false }
  const seriesId = BigInt(keccak(encodeAbiParameters(TERMS, [terms]))) & ~1n
  const read = (name: string, ...args: unknown[]) => ({
    to: harbor.options,
    abi: harborOptionsAbi,
    name,
    args,
  })
  const balanceOf = (account: Address, tokenId: bigint) => read('balanceOf', account, tokenId)
  const settlement = async () => {
    const [answer] = await node.read([read('settlementOf', id, expirySeconds)])
    const [isSettled, priceE8] = answer as readonly [boolean, bigint]
    return { isSettled, priceE8 }
  }
  const pay = async (account: Address, amount: bigint) => {
    await node.fund([account])
    await node.send(usdc(harbor.owner, 'mint', [account, amount]))
    await node.send(usdc(account, 'approve', [harbor.options, amount]))
  }
  return {
    settlement,
    async write(writer, units, premium) {
      await pay(writer, DOLLARS(10_000_000))
      await node.send(options(writer, 'list', [terms]))
      await node.send(options(writer, 'write', [seriesId, units]))
      await node.send(options(writer, 'offer', [seriesId, units, premium]))
    },
    async take(buyer, units) {
      await pay(buyer, DOLLARS(1_000_000))
      await node.send(options(buyer, 'take', [FIRST_OFFER, units]))
    },
    async settle(anybody) {
      if (world.timestampSeconds <= expirySeconds || (await settlement()).isSettled) return
      const [rounds] = await node.read([read('settlementRounds', id, expirySeconds)])
      await node.fund([anybody])
      await node.send(options(anybody, 'settle', [id, expirySeconds, ...(rounds as readonly bigint[])]))
    },
    async redeem(holder) {
      if (!(await settlement()).isSettled) return
      const [units] = (await node.read([balanceOf(holder, seriesId)])) as bigint[]
      if (units) await node.send(options(holder, 'redeem', [seriesId, units]))
    },
    async wealthOf(account) {
      const cash = { to: harbor.usdc, abi: testDollarAbi, name: 'balanceOf', args: [account] }
      const [dollars = 0n, longs = 0n, shorts = 0n, longPays = 0n, shortPays = 0n] = (await node.read([
        ...[cash, balanceOf(account, seriesId), balanceOf(account, seriesId | 1n)],
        ...[read('payoffOf', seriesId), read('payoffOf', seriesId | 1n)],
      ])) as bigint[]
      return dollars + longs * longPays + shorts * shortPays
    },
  }
}
