import { seamedPerpsAbi } from '@breakwater/contracts/SeamedPerps'
import { seamedVaultAbi } from '@breakwater/contracts/SeamedVault'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { marketId } from '@breakwater/deploy'
import type { Hex } from '@breakwater/kernel'
import { toEventSelector } from 'viem'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import { createPutDesk } from '../market/optionsDesk.ts'
import { DOLLARS } from '../market/traders.ts'
import type { World } from '../world.ts'
import { ATTACKER_TIP_WEI, type Drill, type Intruder, steps } from './drill.ts'

const ATTACK_TICK = 37
/** The crash of 10 October 2025 reaches his liquidation price two minutes after he trips the brake; it ends in a rebound. */
const START_MINUTE = 1225
const TICKS = steps(85, 60, 1)
const OPEN_ROUND = -22
/** His puts expire while the brake holds, and are written half an hour before. */
const WRITE_ROUND = -28
const EXPIRY_ROUND = 8

const MARGIN_DOLLARS = 22_000
const NOTIONAL_DOLLARS = 400_000
const LIQUIDITY_DOLLARS = 1_000_000
const WITHDRAWN_DOLLARS = 85_000
const UNITS = 2_000n
/** The market never moves by more in a minute, which is a block: a liquidation that is one late costs no more of the position. */
const FASTEST_MINUTE = 0.005

/**
 * A trader who is about to be liquidated withdraws so much of his own, honest liquidity that the brake comes. It delays
 * withdrawals and leaves closing, liquidating and settling open: what it cannot do is help him.
 */
export const brakeAsWeapon: Drill = {
  name: 'brake-as-weapon',
  class: 'abuse of the protection itself',
  kind: 'attack',
  enforcement: 'direct',
  isLaunchable: false,
  summary: 'the brake is tripped on purpose before a liquidation and an expiry: both happen on time',
  lossLimitUsd: NOTIONAL_DOLLARS * FASTEST_MINUTE,
  startMinute: START_MINUTE,
  ticks: TICKS,
  attackTick: ATTACK_TICK,
  recoveryTicks: 30,
  isAsExpected: ({ baseline, with: braked }) =>
    baseline.liquidatedInBlock !== 'none' &&
    baseline.liquidatedInBlock === braked.liquidatedInBlock &&
    baseline.settledPriceUsd !== '0' &&
    baseline.settledPriceUsd === braked.settledPriceUsd,
  create,
}

const LIQUIDATED = toEventSelector('Liquidated(address,address,int256,uint256)')

async function create(seed: number, world: World): Promise<Intruder> {
  const { node, harbor, crowd } = world
  const gambler = devAddress(seed, 'gambler')
  const writer = devAddress(seed, 'option writer')
  const perps = createCaller(harbor.perps, seamedPerpsAbi)
  const vault = createCaller(harbor.vault, seamedVaultAbi)
  const usdc = createCaller(harbor.usdc, testDollarAbi)
  const desk = createPutDesk(world, {
    asset: 'BTC',
    strikeE8: world.prices().get('BTC') ?? 0n,
    expirySeconds: world.timestampSeconds + BigInt((ATTACK_TICK + EXPIRY_ROUND) * 60),
  })
  const first = { tipWei: ATTACKER_TIP_WEI }

  const settleIn = async () => {
    await node.fund([gambler])
    await node.send(usdc(harbor.owner, 'mint', [gambler, DOLLARS(LIQUIDITY_DOLLARS + MARGIN_DOLLARS)]))
    await node.send(usdc(gambler, 'approve', [harbor.vault, DOLLARS(LIQUIDITY_DOLLARS)]))
    await node.send(usdc(gambler, 'approve', [harbor.perps, DOLLARS(MARGIN_DOLLARS)]))
    await node.send(vault(gambler, 'deposit', [DOLLARS(LIQUIDITY_DOLLARS), gambler]))
    await node.send(perps(gambler, 'deposit', [DOLLARS(MARGIN_DOLLARS)]))
  }
  const open = async () => {
    const sizeE18 = (DOLLARS(NOTIONAL_DOLLARS) * 10n ** 20n) / (world.prices().get('BTC') ?? 1n)
    await node.send(perps(gambler, 'open', [marketId('BTC'), true, sizeE18, 2n ** 255n]))
  }
  /** As the liquidator does with everybody else. */
  const liquidateIfDue = async () => {
    const [equity, margin] = await node.read(
      ['equityOf', 'marginOf'].map((name) => ({
        ...{ to: harbor.perps, abi: seamedPerpsAbi, name, args: [gambler] },
      })),
    )
    const [, maintenance = 0n] = margin as readonly bigint[]
    if ((equity as bigint) < maintenance) await node.send(perps(crowd.liquidator, 'liquidate', [gambler]))
  }
  return {
    accounts: [gambler],
    prepare: async () => {},
    async routine(round) {
      if (round === WRITE_ROUND) await desk.write(writer, UNITS, DOLLARS(1))
      if (round === WRITE_ROUND + 1) await desk.take(gambler, UNITS)
      if (round === OPEN_ROUND - 1) await settleIn()
      if (round === OPEN_ROUND) await open()
      await liquidateIfDue()
      await desk.settle(writer)
    },
    async act(round) {
      if (round > EXPIRY_ROUND) return
      // Again and again: whatever the brake lets through may trip it anew.
      await node.send(vault(gambler, 'withdraw', [DOLLARS(WITHDRAWN_DOLLARS), gambler, gambler], first))
    },
    mend: async () => {},
    async outcome() {
      const account: Hex = `0x${gambler.slice(2).padStart(64, '0')}`
      const [liquidated] = await node.logs(harbor.perps, [LIQUIDATED, account])
      const { priceE8 } = await desk.settlement()
      return {
        liquidatedInBlock: liquidated === undefined ? 'none' : String(liquidated.blockNumber),
        settledPriceUsd: String(Number(priceE8) / 1e8),
      }
    },
  }
}
