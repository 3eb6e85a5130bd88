import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { harborOptionsAbi, harborOptionsBytecode } from '@breakwater/contracts/HarborOptions'
import { priceFeedAbi, priceFeedBytecode } from '@breakwater/contracts/PriceFeed'
import { testDollarAbi, testDollarBytecode } from '@breakwater/contracts/TestDollar'
import type { Address, Hex } from '@breakwater/kernel'
import { loadSpec, type Spec } from '@breakwater/spec'
import { stringToHex } from 'viem'
import type { AddressBook } from '../book.ts'
import { is, selectorOf, ZERO_ADDRESS } from '../condition.ts'
import { planGuards, STAKE } from '../guards.ts'
import { type Artifact, createPlan, type Plan } from '../plan.ts'
import { type HarborAddresses, harborSpecification } from './specification.ts'
import { planSteward, planStewardGroups } from './steward.ts'

export const ASSETS = ['BTC', 'ETH'] as const
export type Asset = (typeof ASSETS)[number]

/** What may leave a contract, as its limiter takes it: amounts in units of the dollar. */
export interface FlowLimit {
  windows: readonly { capAmount: bigint; capBps: number; reserveBps: number; windowSeconds: number }[]
  smallAmount: bigint
  smallSeconds: number
}

/** Sizes in units of the dollar (1e-6 USD), shares in hundredths of a percent. */
export const HARBOR = {
  /** At most 2 % may leave the vault, or the perpetuals, in any minute, half of it at once. */
  flow: {
    windows: [{ capAmount: 0n, capBps: 200, reserveBps: 1_000, windowSeconds: 60 }],
    smallAmount: 500n * 10n ** 6n,
    smallSeconds: 3600,
  },
  queueDelaySeconds: 600n,
  minHoldBlocks: 2n,
  feeShares: { rebateBps: 2_000, insuranceBps: 1_000, guardianBps: 500 },
  maxOpenInterest: 2_000_000n * 10n ** 6n,
  maxLeverage: 20,
  maintenanceMarginBps: 250,
  feeBps: 5,
  /** A feed halts rather than move by more in one block. */
  feedMaxStepBps: 200n,
  feedHeartbeatSeconds: 60n,
  /** At most 1 % a day, when all open interest is on one side. */
  maxFundingPerSecondE18: 10n ** 16n / 86_400n,
  /** The mark is the feed's price: it follows any step within a second. */
  markStepBps: 10_000,
  markStepSeconds: 1,
  minNotional: 10n * 10n ** 6n,
  options: {
    /** Prices are averaged for half an hour up to the expiry. */
    windowSeconds: 1800n,
    /** What one token stands for, in 1e-18 of the asset. */
    unitE18: { BTC: 10n ** 15n, ETH: 10n ** 16n },
  },
} as const

const BRAKE = {
  cooldownSeconds: 60,
  budgetSeconds: 12 * 3600,
  liftDelaySeconds: 300,
  maxDurationSeconds: 3600,
  /** A pause ends in ten minutes of reduce-only. */
  tailSeconds: 600,
  armDelaySeconds: 86_400,
  heartbeatSeconds: 0,
  deadLevel: 0,
} as const

/** A market as the contract names it. */
export const marketId = (asset: Asset): Hex => stringToHex(asset, { size: 32 })

export interface Harbor extends HarborAddresses {
  owner: Address
  /** Who may set the markets' risk parameters, when guardians certify it. */
  steward: Address
  book: AddressBook
  spec: Spec
  specText: string
}

export interface HarborOptions {
  chainId: number
  /** Deploys, wires, and owns everything at first. */
  owner: Address
  /** Who reports prices. */
  reporter: Address
  /** What the feeds begin with, 8 decimals. */
  prices: ReadonlyMap<Asset, bigint>
  /** The vault and the perpetuals themselves: drills put in some with seams. */
  vault: Artifact
  perps: Artifact
  /** What holds without guardians; as in `HARBOR`, and no dead mode, where nothing is said. */
  inline?: InlineProtection
}

/** Settings by which Harbor's own contracts protect it, whether guardians are there or not. */
export interface InlineProtection {
  flow: FlowLimit
  /** After so long without a heartbeat of the guardians, anyone can have the dead level hold. */
  heartbeatSeconds: number
  deadLevel: 1 | 2 | 3
}

/** What Harbor is built on. */
export type Ground = Pick<HarborAddresses, 'registry' | 'breaker' | 'usdc'>

/** Guardians, brake and Harbor, wired, all of one owner: what a development chain begins with. */
export function planDevnet(options: HarborOptions & { guardians: readonly Address[] }): {
  plan: Plan
  harbor: Harbor
} {
  const { owner, guardians, chainId } = options
  const plan = createPlan(owner)
  const usdc = planDollar(plan, owner)
  const stake = { ...STAKE, minStake: 10_000n * 10n ** 6n }
  const guards = planGuards(plan, { owner, stakeToken: usdc, treasury: owner, guardians, stake })
  const harbor = planHarbor(plan, options, { ...guards, usdc })
  return { plan, harbor: { ...harbor, book: { chainId, contracts: Object.fromEntries(plan.contracts) } } }
}

/** A dollar that its owner mints: for chains where money is worth nothing. */
export function planDollar(plan: Plan, owner: Address): Address {
  return plan.deploy('usdc', { abi: testDollarAbi, bytecode: testDollarBytecode }, [owner])
}

/** Harbor itself, wired and registered with the breaker. */
export function planHarbor(plan: Plan, options: HarborOptions, ground: Ground): Omit<Harbor, 'book'> {
  const { chainId, owner, perps } = options
  const at = { chainId, ...ground, ...planContracts(plan, options, ground) }
  const markets = ASSETS.map((asset) => ({ asset, id: marketId(asset), feed: feedOf(at, asset) }))
  const steward = planSteward(plan, { owner, ...at }, markets)
  const specText = harborSpecification(at)
  const spec = loadSpec(specText, { file: 'harbor.breakwater.yaml' })
  plan.stage()
  planMarkets(plan, options, at)
  planStewardGroups(plan, { owner, perps: at.perps, perpsAbi: perps.abi }, steward, markets)
  planBrake(plan, options, at, spec.hash)
  return { ...at, owner, steward: steward.steward, spec, specText }
}

export function feedOf(at: HarborAddresses, asset: Asset): Address {
  return asset === 'BTC' ? at.btcFeed : at.ethFeed
}

function planContracts(
  plan: Plan,
  { owner, vault, perps, inline }: HarborOptions,
  { registry, usdc }: Ground,
) {
  const { queueDelaySeconds, minHoldBlocks, feeShares } = HARBOR
  const flow = inline?.flow ?? HARBOR.flow
  const vaultAt = plan.deploy('vault', vault, [usdc, owner, flow, 0n])
  const settings = { flow, queueDelaySeconds, minHoldBlocks, feeShares, guardianRewards: registry }
  const perpsAt = plan.deploy('perps', perps, [vaultAt, owner, settings])
  const [btcFeed, ethFeed] = ASSETS.map((asset) => {
    const bounds = [1_000_000n, 10n ** 16n, HARBOR.feedMaxStepBps, HARBOR.feedHeartbeatSeconds]
    const feed = { abi: priceFeedAbi, bytecode: priceFeedBytecode }
    return plan.deploy(`${asset.toLowerCase()}Feed`, feed, [owner, `${asset} / USD`, ...bounds])
  }) as [Address, Address]
  const optionsArtifact = { abi: harborOptionsAbi, bytecode: harborOptionsBytecode }
  const options = plan.deploy('options', optionsArtifact, [
    ...[usdc, owner, HARBOR.options.windowSeconds, flow, queueDelaySeconds],
  ])
  return { vault: vaultAt, perps: perpsAt, options, btcFeed, ethFeed }
}

function planMarkets(plan: Plan, options: HarborOptions, at: HarborAddresses): void {
  const { owner, reporter, prices, vault, perps } = options
  plan.call({
    ...{ from: owner, to: at.vault, abi: vault.abi, functionName: 'setPerps', args: [at.perps] },
    until: { functionName: 'perps', holds: is(at.perps) },
  })
  for (const asset of ASSETS) {
    const feed = feedOf(at, asset)
    const call = { from: owner, to: feed, abi: priceFeedAbi }
    // A market needs a price; the first one is the owner's.
    plan.call({
      ...{ ...call, functionName: 'setReporter', args: [owner] },
      until: { functionName: 'reporter', holds: (now) => !is(ZERO_ADDRESS)(now) },
    })
    plan.call({
      ...{ ...call, functionName: 'submit', args: [prices.get(asset) ?? 0n] },
      until: { functionName: 'latestRoundData', holds: (round) => (round as readonly bigint[])[1] !== 0n },
    })
    plan.call({
      ...{ ...call, functionName: 'setReporter', args: [reporter] },
      until: { functionName: 'reporter', holds: is(reporter) },
    })
    const { maxLeverage, maintenanceMarginBps, feeBps, maxOpenInterest, maxFundingPerSecondE18 } = HARBOR
    const { markStepBps, markStepSeconds, minNotional } = HARBOR
    const config = {
      ...{ feed, maxLeverage, maintenanceMarginBps, feeBps, maxOpenInterest, maxFundingPerSecondE18 },
      ...{ markStepBps, markStepSeconds, minNotional },
    }
    const id = marketId(asset)
    plan.call({
      ...{ from: owner, to: at.perps, abi: perps.abi, functionName: 'addMarket', args: [id, config] },
      // There is no answer about a market that is not there.
      until: { functionName: 'openInterest', args: [id], holds: () => true },
    })
    plan.call({
      ...{ from: owner, to: at.options, abi: harborOptionsAbi, functionName: 'addAsset' },
      args: [id, feed, HARBOR.options.unitE18[asset]],
      until: { functionName: 'assetOf', args: [id], holds: () => true },
    })
  }
}

/** The targets obey the breaker first: registering rehearses each action. */
function planBrake(
  plan: Plan,
  { owner, vault, perps, inline }: HarborOptions,
  at: HarborAddresses,
  specHash: Hex,
): void {
  const { maxDurationSeconds, ...rest } = BRAKE
  const { heartbeatSeconds, deadLevel } = inline ?? BRAKE
  const bounds = { ...rest, heartbeatSeconds, deadLevel }
  const actions = [
    ['delayWithdrawalsFor(uint256)', 'areWithdrawalsDelayed()'],
    ['reduceOnlyFor(uint256)', 'isReduceOnly()'],
    ['pauseFor(uint256)', 'isPaused()'],
  ].map(([act = '', check = '']) => ({
    selector: selectorOf(act),
    check: selectorOf(check),
    maxDurationSeconds,
  }))
  const limits = { actions, ...bounds }
  for (const [target, { abi }] of [
    [at.vault, vault],
    [at.perps, perps],
    [at.options, { abi: harborOptionsAbi }],
  ] as const) {
    plan.call({
      ...{ from: owner, to: target, abi, functionName: 'setBreaker', args: [at.breaker] },
      until: { functionName: 'breaker', holds: is(at.breaker) },
    })
    plan.call({
      ...{ from: owner, to: at.breaker, abi: circuitBreakerAbi },
      ...{ functionName: 'register', args: [target, specHash, limits] },
      until: {
        functionName: 'registrationOf',
        args: [target],
        holds: (now) => is(specHash)((now as readonly [Hex])[0]),
      },
    })
  }
}
