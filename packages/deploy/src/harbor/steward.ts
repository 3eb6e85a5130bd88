import { parameterStewardAbi, parameterStewardBytecode } from '@breakwater/contracts/ParameterSteward'
import { perpsEngineAbi } from '@breakwater/contracts/PerpsEngine'
import {
  perpsMarketSettingsAbi,
  perpsMarketSettingsBytecode,
} from '@breakwater/contracts/PerpsMarketSettings'
import type { Address, Hex } from '@breakwater/kernel'
import { type Abi, getContractAddress, stringToHex } from 'viem'
import { is, selectorOf } from '../condition.ts'
import type { Plan } from '../plan.ts'

/** What guardians may set in a market, from how low to how high, and how fast. */
const RISK = {
  minDelaySeconds: 600,
  /** A change that loosens anything waits so long in the open. */
  loosenDelaySeconds: 86_400,
  revertWindowSeconds: 600,
  maxInputAgeSeconds: 60,
  /** In any hour by half of what there is, a quarter at once. */
  step: { maxStepBps: 5_000, periodSeconds: 3600, maxStep: 0n },
  parameters: [
    { name: 'MaxLeverage', tightensUp: false, min: 2n, max: 20n },
    { name: 'MaintenanceMarginBps', tightensUp: true, min: 250n, max: 1_000n },
    { name: 'MaxOpenInterest', tightensUp: false, min: 100_000n * 10n ** 6n, max: 2_000_000n * 10n ** 6n },
  ],
} as const

/** The steward's name of a market's group. */
export const riskGroup = (asset: string): Hex => stringToHex(`${asset} risk`, { size: 32 })

/** A market whose settings a steward has in hand. */
export interface StewardedMarket {
  asset: string
  id: Hex
  feed: Address
}

/** A steward, and by market the contract through which it sets. */
export interface Steward {
  steward: Address
  settings: ReadonlyMap<string, Address>
}

/** By it, guardians tighten the perpetuals' leverage, margin and open interest when markets get rough. */
export function planSteward(
  plan: Plan,
  { owner, registry, perps }: { owner: Address; registry: Address; perps: Address },
  markets: readonly StewardedMarket[],
): Steward {
  const artifact = { abi: parameterStewardAbi, bytecode: parameterStewardBytecode }
  const steward = plan.deploy('steward', artifact, [registry, owner])
  const settingsArtifact = { abi: perpsMarketSettingsAbi, bytecode: perpsMarketSettingsBytecode }
  const settings = markets.map(({ asset, id }) => {
    const name = `${asset.toLowerCase()}Settings`
    return [asset, plan.deploy(name, settingsArtifact, [engineOf(perps), id, steward])] as const
  })
  return { steward, settings: new Map(settings) }
}

/** Its groups, once the markets are there. */
export function planStewardGroups(
  plan: Plan,
  { owner, perps, perpsAbi }: { owner: Address; perps: Address; perpsAbi: Abi },
  { steward, settings }: Steward,
  markets: readonly StewardedMarket[],
): void {
  for (const { asset, id, feed } of markets) {
    const target = settings.get(asset) as Address
    plan.call({
      ...{ from: owner, to: perps, abi: perpsAbi, functionName: 'setSteward', args: [id, target] },
      until: {
        ...{ to: engineOf(perps), abi: perpsEngineAbi, functionName: 'stewardOf', args: [id] },
        holds: is(target),
      },
    })
    plan.call({
      ...{ from: owner, to: steward, abi: parameterStewardAbi, functionName: 'setGroup' },
      args: [riskGroup(asset), groupOf(target, feed)],
      // There is no answer about a group that is not there.
      until: { functionName: 'groupOf', args: [riskGroup(asset)], holds: () => true },
    })
  }
}

/** The perpetuals make their engine, and nothing else. */
function engineOf(perps: Address): Address {
  return getContractAddress({ from: perps, nonce: 1n }).toLowerCase() as Address
}

function groupOf(target: Address, feed: Address) {
  const { step, parameters, ...times } = RISK
  return {
    ...{ target, feed, check: selectorOf('isConsistent()'), ...times },
    parameters: parameters.map(({ name, ...bounds }) => ({
      setter: selectorOf(`set${name}(uint256)`),
      getter: selectorOf(`${name.charAt(0).toLowerCase()}${name.slice(1)}()`),
      ...step,
      ...bounds,
    })),
  }
}
