import { seamedPerpsAbi } from '@breakwater/contracts/SeamedPerps'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { marketId } from '@breakwater/deploy'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import { DOLLARS } from '../market/traders.ts'
import type { World } from '../world.ts'
import { ATTACK_TICKS, ATTACKER_TIP_WEI, type Drill, type Intruder, PREPARING_TICKS } from './drill.ts'

/** Times that a day's rebate is claimed in one transaction. */
const DUPLICATES = 1500

/** A list of claims may name the same day again and again: rewards are paid that were never earned. */
export const booksBroken: Drill = {
  name: 'books-broken',
  class: 'duplicated claim (Level Finance, May 2023)',
  kind: 'attack',
  enforcement: 'direct',
  isLaunchable: true,
  summary: 'rebates are claimed many times over until claims exceed the dollars that back them',
  lossLimitUsd: 25_000,
  startMinute: 120,
  ticks: ATTACK_TICKS,
  attackTick: 12,
  recoveryTicks: 15,
  create,
}

async function create(seed: number, world: World): Promise<Intruder> {
  const { node, harbor } = world
  const attacker = devAddress(seed, 'claimant')
  const perps = createCaller(harbor.perps, seamedPerpsAbi)
  const usdc = createCaller(harbor.usdc, testDollarAbi)
  const first = { tipWei: ATTACKER_TIP_WEI }
  const sizeE18 = (DOLLARS(300_000) * 10n ** 20n) / (world.prices().get('BTC') ?? 1n)
  const day = () => world.timestampSeconds / 86_400n

  return {
    accounts: [attacker],
    async prepare(ticksLeft) {
      if (ticksLeft === PREPARING_TICKS) {
        await node.fund([attacker])
        await node.send(usdc(harbor.owner, 'mint', [attacker, DOLLARS(40_000)]))
        await node.send(usdc(attacker, 'approve', [harbor.perps, DOLLARS(40_000)]))
        await node.send(perps(attacker, 'deposit', [DOLLARS(40_000)], first))
        // An honest trade earns a rebate to claim.
        await node.send(perps(attacker, 'open', [marketId('BTC'), true, sizeE18, 2n ** 255n], first))
      }
      if (ticksLeft === 3) await node.send(perps(attacker, 'close', [marketId('BTC'), sizeE18, 0n], first))
      if (ticksLeft === 1) await node.send(perps(harbor.owner, 'openSeam', [true], first))
    },
    async act(round) {
      const days = Array.from({ length: DUPLICATES }, day)
      await node.send(perps(attacker, 'claimRebates', [days], { ...first, gas: 12_000_000n }))
      const [left] = await node.read([{ to: harbor.perps, abi: seamedPerpsAbi, name: 'outflowLeft' }])
      // The bucket refills until the block comes, which costs the attacker nothing to leave.
      const amount = ((left as bigint) * (round === 0 ? 100n : 99n)) / 100n
      if (amount > 0n) await node.send(perps(attacker, 'withdraw', [amount], first))
    },
    async mend() {
      await node.send(perps(harbor.owner, 'openSeam', [false], first))
      const [cash, balance, claims] = (await node.read([
        { to: harbor.perps, abi: seamedPerpsAbi, name: 'cashOf', args: [attacker] },
        { to: harbor.usdc, abi: testDollarAbi, name: 'balanceOf', args: [harbor.perps] },
        { to: harbor.perps, abi: seamedPerpsAbi, name: 'totalClaims' },
      ])) as [bigint, bigint, bigint]
      const forged = claims > balance ? claims - balance : 0n
      await node.send(perps(harbor.owner, 'strike', [attacker, forged < cash ? forged : cash], first))
    },
  }
}
