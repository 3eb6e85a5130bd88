import { circuitBreakerAbi, circuitBreakerBytecode } from '@breakwater/contracts/CircuitBreaker'
import { guardianRegistryAbi, guardianRegistryBytecode } from '@breakwater/contracts/GuardianRegistry'
import { priceFeedAbi, priceFeedBytecode } from '@breakwater/contracts/PriceFeed'
import { seamedPerpsAbi, seamedPerpsBytecode } from '@breakwater/contracts/SeamedPerps'
import { seamedVaultAbi, seamedVaultBytecode } from '@breakwater/contracts/SeamedVault'
import { testDollarAbi, testDollarBytecode } from '@breakwater/contracts/TestDollar'
import { type Address, BaseError, type Hex, keccakText } from '@breakwater/kernel'
import { loadSpec, type Spec } from '@breakwater/spec'
import { type Abi, encodeDeployData, encodeFunctionData, getContractAddress, stringToHex } from 'viem'
import type { DevNode } from '../chain/devNode.ts'
import { ASSETS, type Asset } from '../market/path.ts'
import { type HarborAddresses, harborSpecification } from './specification.ts'

/** Sizes in units of the dollar (1e-6 USD), shares in hundredths of a percent. */
export const HARBOR = {
  /** At most 1 % may leave the vault, or the perpetuals, at once, and again after a minute. */
  outflowCapBps: 100n,
  outflowWindowSeconds: 60n,
  minHoldBlocks: 2n,
  rebateBps: 2000n,
  maxOpenInterest: 2_000_000n * 10n ** 6n,
  maxLeverage: 20,
  maintenanceMarginBps: 250,
  feeBps: 5,
  /** A feed halts rather than move by more in one block. */
  feedMaxStepBps: 200n,
  feedHeartbeatSeconds: 60n,
} as const

/** A market as the contract names it. */
export const marketId = (asset: Asset): Hex => stringToHex(asset, { size: 32 })

export interface Harbor extends HarborAddresses {
  owner: Address
  spec: Spec
  specText: string
}

export interface DeployOptions {
  owner: Address
  /** Who reports prices. */
  reporter: Address
  guardians: readonly Address[]
  prices: ReadonlyMap<Asset, bigint>
  timestampSeconds: bigint
}

const BRAKE = {
  cooldownSeconds: 60,
  budgetSeconds: 12 * 3600,
  liftDelaySeconds: 300,
  maxDurationSeconds: 3600,
} as const

/** Deploys and wires everything in two blocks; addresses follow from the owner's nonces. */
export async function deployHarbor(node: DevNode, options: DeployOptions): Promise<Harbor> {
  const { owner, guardians } = options
  const chainId = Number((await node.request('eth_chainId')) as Hex)
  const nonce = BigInt((await node.request('eth_getTransactionCount', [owner, 'latest'])) as Hex)
  const addressAt = (offset: number) =>
    getContractAddress({ from: owner, nonce: nonce + BigInt(offset) }).toLowerCase() as Address
  const [registry, breaker, usdc, vault, perps, btcFeed, ethFeed] = [0, 1, 2, 3, 4, 5, 6].map(addressAt) as [
    ...[Address, Address, Address, Address, Address, Address, Address],
  ]
  const at = { chainId, registry, breaker, usdc, vault, perps, btcFeed, ethFeed }
  const specText = harborSpecification(at)
  const spec = loadSpec(specText, { file: 'harbor.breakwater.yaml' })

  const deploy = (abi: Abi, bytecode: Hex, args: readonly unknown[]) =>
    node.send({ from: owner, to: null, data: encodeDeployData({ abi, bytecode, args }), gas: 12_000_000n })
  const { outflowCapBps, outflowWindowSeconds, minHoldBlocks, rebateBps } = HARBOR
  await deploy(guardianRegistryAbi, guardianRegistryBytecode, [guardians])
  await deploy(circuitBreakerAbi, circuitBreakerBytecode, [registry])
  await deploy(testDollarAbi, testDollarBytecode, [owner])
  await deploy(seamedVaultAbi, seamedVaultBytecode, [usdc, owner, outflowCapBps, outflowWindowSeconds])
  const perpsArgs = [vault, owner, outflowCapBps, outflowWindowSeconds, minHoldBlocks, rebateBps]
  await deploy(seamedPerpsAbi, seamedPerpsBytecode, perpsArgs)
  for (const asset of ASSETS) {
    const bounds = [1_000_000n, 10n ** 16n, HARBOR.feedMaxStepBps, HARBOR.feedHeartbeatSeconds]
    await deploy(priceFeedAbi, priceFeedBytecode, [owner, `${asset} / USD`, ...bounds])
  }
  await node.mine(options.timestampSeconds - 1n)
  await wire(node, options, at, spec.hash)
  await node.mine(options.timestampSeconds)
  await requireCode(node, at)
  return { ...at, owner, spec, specText }
}

async function wire(
  node: DevNode,
  options: DeployOptions,
  at: HarborAddresses,
  specHash: Hex,
): Promise<void> {
  const { owner, reporter, prices } = options
  const call = (from: Address, to: Address, abi: Abi, functionName: string, args: readonly unknown[]) =>
    node.send({ from, to, data: encodeFunctionData({ abi, functionName, args }) })
  await call(owner, at.vault, seamedVaultAbi, 'setPerps', [at.perps])
  await call(owner, at.vault, seamedVaultAbi, 'setBreaker', [at.breaker])
  await call(owner, at.perps, seamedPerpsAbi, 'setBreaker', [at.breaker])
  for (const asset of ASSETS) {
    const feed = feedOf(at, asset)
    await call(owner, feed, priceFeedAbi, 'setReporter', [reporter])
    await call(reporter, feed, priceFeedAbi, 'submit', [prices.get(asset) ?? 0n])
    const config = {
      feed,
      maxLeverage: HARBOR.maxLeverage,
      maintenanceMarginBps: HARBOR.maintenanceMarginBps,
      feeBps: HARBOR.feeBps,
      maxOpenInterest: HARBOR.maxOpenInterest,
      // At most 1 % a day, when all open interest is on one side.
      maxFundingPerSecondE18: 10n ** 16n / 86_400n,
    }
    await call(owner, at.perps, seamedPerpsAbi, 'addMarket', [marketId(asset), config])
  }
  const { cooldownSeconds, budgetSeconds, liftDelaySeconds, maxDurationSeconds } = BRAKE
  const selector = (signature: string) => keccakText(signature).slice(0, 10)
  const actions = [
    ['delayWithdrawalsFor(uint256)', 'areWithdrawalsDelayed()'],
    ['reduceOnlyFor(uint256)', 'isReduceOnly()'],
    ['pauseFor(uint256)', 'isPaused()'],
  ].map(([act = '', check = '']) => ({ selector: selector(act), check: selector(check), maxDurationSeconds }))
  const limits = { actions, cooldownSeconds, budgetSeconds, liftDelaySeconds }
  for (const target of [at.vault, at.perps]) {
    await call(owner, at.breaker, circuitBreakerAbi, 'register', [target, specHash, limits])
  }
}

export function feedOf(at: HarborAddresses, asset: Asset): Address {
  return asset === 'BTC' ? at.btcFeed : at.ethFeed
}

async function requireCode(node: DevNode, at: HarborAddresses): Promise<void> {
  for (const [name, address] of Object.entries(at)) {
    if (name === 'chainId') continue
    if ((await node.request('eth_getCode', [address, 'latest'])) === '0x') {
      throw new BaseError('DRILLS_DEPLOY', `${name} was not deployed at ${address}`, {
        hint: 'the development node refused a transaction: is its gas limit large enough?',
      })
    }
  }
  const [registered] = await node.read([
    { to: at.breaker, abi: circuitBreakerAbi, name: 'registrationOf', args: [at.perps] },
  ])
  if (BigInt((registered as readonly [Hex])[0]) === 0n) {
    throw new BaseError('DRILLS_DEPLOY', 'the breaker has no registration for the perpetuals')
  }
}
