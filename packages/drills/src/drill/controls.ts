import { seamedVaultAbi } from '@breakwater/contracts/SeamedVault'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import { DOLLARS } from '../market/traders.ts'
import type { World } from '../world.ts'
import { type Drill, type Intruder, PREPARING_TICKS, steps } from './drill.ts'

const NOBODY: Intruder = { accounts: [], prepare: async () => {}, act: async () => {}, mend: async () => {} }

/** The whole of 2025-10-10: ten minutes a block, one minute a block through the crash from 20:50 to 22:00 UTC. */
export const crashDay: Drill = {
  name: 'crash-day',
  class: 'market crash (10 October 2025)',
  kind: 'control',
  enforcement: 'direct',
  isLaunchable: false,
  summary: 'the recorded crash with its liquidations: nothing may be blocked',
  lossLimitUsd: 0,
  startMinute: 0,
  ticks: [...steps(125, 600, 10), ...steps(70, 60, 1), ...steps(11, 600, 10)],
  attackTick: 0,
  recoveryTicks: 0,
  create: async () => NOBODY,
}

/** Withdrawals of 0.45 % of the vault, six in three minutes, three times an hour: below every limit, just so. */
export const whaleDay: Drill = {
  name: 'whale-day',
  class: 'large honest withdrawals',
  kind: 'control',
  enforcement: 'direct',
  isLaunchable: false,
  summary: 'a large provider leaves as fast as the limits allow: nothing may be blocked',
  lossLimitUsd: 0,
  startMinute: 120,
  ticks: [...steps(20, 1, 0.25), ...steps(120, 30, 0.5)],
  attackTick: 20,
  recoveryTicks: 0,
  create: createWhale,
}

const WHALE_DOLLARS = 4_000_000
const BURST_TICKS = 6
const PAUSE_TICKS = 40

async function createWhale(seed: number, world: World): Promise<Intruder> {
  const { node, harbor } = world
  const whale = devAddress(seed, 'whale')
  const vault = createCaller(harbor.vault, seamedVaultAbi)
  const usdc = createCaller(harbor.usdc, testDollarAbi)
  return {
    accounts: [whale],
    async prepare(ticksLeft) {
      if (ticksLeft < PREPARING_TICKS) return
      await node.fund([whale])
      await node.send(usdc(harbor.owner, 'mint', [whale, DOLLARS(WHALE_DOLLARS)]))
      await node.send(usdc(whale, 'approve', [harbor.vault, DOLLARS(WHALE_DOLLARS)]))
      await node.send(vault(whale, 'deposit', [DOLLARS(WHALE_DOLLARS), whale]))
    },
    async act(round) {
      if (round % PAUSE_TICKS >= BURST_TICKS) return
      const [booked] = await node.read([{ to: harbor.vault, abi: seamedVaultAbi, name: 'bookedAssets' }])
      await node.send(vault(whale, 'withdraw', [((booked as bigint) * 45n) / 10_000n, whale, whale]))
    },
    mend: async () => {},
  }
}
