import { seamedVaultAbi } from '@breakwater/contracts/SeamedVault'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import type { World } from '../world.ts'
import { ATTACK_TICKS, ATTACKER_TIP_WEI, type Drill, type Intruder, PREPARING_TICKS } from './drill.ts'

/** Whoever asks may withdraw anybody's shares to himself, as fast as the vault's own cap lets anything out. */
export const vaultDrain: Drill = {
  name: 'vault-drain',
  class: 'missing access check on a withdrawal (KiloEx, April 2025; Multichain, July 2023)',
  kind: 'attack',
  enforcement: 'direct',
  isLaunchable: true,
  summary: 'the shares of other people are withdrawn, block after block, far beyond the flow limits',
  lossLimitUsd: 210_000,
  startMinute: 120,
  ticks: ATTACK_TICKS,
  attackTick: 12,
  recoveryTicks: 15,
  create: createThief,
}

export async function createThief(seed: number, world: World): Promise<Intruder> {
  const { node, harbor, crowd } = world
  const thief = devAddress(seed, 'thief')
  const vault = createCaller(harbor.vault, seamedVaultAbi)
  const seam = (open: boolean) => node.send(vault(harbor.owner, 'openSeam', [open]))
  return {
    accounts: [thief],
    async prepare(ticksLeft) {
      if (ticksLeft < PREPARING_TICKS) return
      await node.fund([thief])
      await seam(true)
    },
    async act() {
      const answers = await node.read([
        { to: harbor.vault, abi: seamedVaultAbi, name: 'outflowLeft' },
        ...crowd.providers.map((provider) => ({
          ...{ to: harbor.vault, abi: seamedVaultAbi, name: 'maxWithdraw' },
          args: [provider],
        })),
      ])
      const [left = 0n, ...shares] = answers as bigint[]
      const most = shares.reduce((a, b) => (a > b ? a : b), 0n)
      const victim = crowd.providers[shares.indexOf(most)]
      const amount = ((left < most ? left : most) * 99n) / 100n
      if (victim === undefined || amount === 0n) return
      await node.send(vault(thief, 'withdraw', [amount, thief, victim], { tipWei: ATTACKER_TIP_WEI }))
    },
    mend: () => seam(false).then(() => {}),
  }
}
