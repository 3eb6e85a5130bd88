import { harborOptionsAbi } from '@breakwater/contracts/HarborOptions'
import { harborPerpsAbi, harborPerpsBytecode } from '@breakwater/contracts/HarborPerps'
import { harborVaultAbi, harborVaultBytecode } from '@breakwater/contracts/HarborVault'
import { priceFeedAbi } from '@breakwater/contracts/PriceFeed'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { type Address, keccakText, ZERO_HASH } from '@breakwater/kernel'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { configError, type Deployment } from './config.ts'
import { type GovernanceOptions, planGovernance, planHandover, planSeat } from './governance.ts'
import { planGuards, STAKE } from './guards.ts'
import { type Asset, type Ground, planDollar, planHarbor } from './harbor/plan.ts'
import { createPlan, type Plan } from './plan.ts'
import type { DeployChain } from './run.ts'

const TEST_DECIMALS = 6
/** Shares of the pool have so many decimals more than its asset. */
const POOL_OFFSET = 6

/** Everything that `deployment.yaml` asks for. The tokens' decimals are read from the chain. */
export async function planDeployment(
  deployment: Deployment,
  deployer: Address,
  chain: DeployChain,
): Promise<{ plan: Plan; specText: string | null }> {
  const { salt, guardians, minStake } = deployment
  const plan = createPlan(deployer, salt === undefined ? ZERO_HASH : keccakText(salt))
  const tokens = await tokensOf(deployment, plan, deployer, chain)
  const options = governanceOf(deployment, deployer, tokens)
  const seat = planSeat(plan, options)
  const guards = planGuards(plan, {
    ...{ owner: seat.timelock, stakeToken: tokens.stake.address, treasury: seat.timelock, guardians },
    stake: { ...STAKE, minStake: units(minStake, tokens.stake.decimals) },
  })
  const ground = { ...guards, usdc: tokens.pool.address }
  const harbor = deployment.harbor === undefined ? null : planReference(plan, deployment, deployer, ground)
  planGovernance(plan, options, seat, guards.registry, harbor?.owned ?? [])
  for (const [to, abi] of harbor?.handover ?? []) planHandover(plan, deployer, seat.timelock, to, abi)
  return { plan, specText: harbor?.specText ?? null }
}

interface Token {
  address: Address
  decimals: number
}

async function tokensOf(
  { tokens }: Deployment,
  plan: Plan,
  deployer: Address,
  chain: DeployChain,
): Promise<Record<'stake' | 'vote' | 'pool', Token>> {
  if (tokens === 'test') {
    const dollar = { address: planDollar(plan, deployer), decimals: TEST_DECIMALS }
    return { stake: dollar, vote: dollar, pool: dollar }
  }
  const read = async (field: string, address: Address): Promise<Token> => {
    const call = { abi: testDollarAbi, functionName: 'decimals' } as const
    const answer = await chain.call(address, encodeFunctionData(call))
    if (answer === null || answer === '0x')
      throw configError(`tokens.${field}: ${address} is no ERC-20 token`)
    return { address, decimals: Number(decodeFunctionResult({ ...call, data: answer })) }
  }
  return {
    stake: await read('stake', tokens.stake),
    vote: await read('vote', tokens.vote),
    pool: await read('pool', tokens.pool),
  }
}

const units = (whole: number, decimals: number): bigint => BigInt(whole) * 10n ** BigInt(decimals)

function governanceOf(
  { governance, council }: Deployment,
  deployer: Address,
  { vote, pool }: Record<'vote' | 'pool', Token>,
): GovernanceOptions {
  return {
    ...{ deployer, voteToken: vote.address, poolAsset: pool.address },
    proposalThreshold: units(governance.proposalThreshold, vote.decimals),
    quorumFloor: units(governance.quorumFloor, vote.decimals),
    underwriterFloor: units(governance.underwriterFloor, pool.decimals + POOL_OFFSET),
    council: {
      members: council.members,
      threshold: BigInt(council.threshold),
      termEndSeconds: BigInt(Date.parse(`${council.termEnds}T00:00:00Z`)) / 1000n,
    },
  }
}

/** Harbor, without seams. Its deployer wires it and then hands it over. */
function planReference(plan: Plan, deployment: Deployment, owner: Address, ground: Ground) {
  const { reporter, prices } = deployment.harbor ?? { reporter: owner, prices: {} }
  const harbor = planHarbor(
    plan,
    {
      ...{ chainId: deployment.chainId, owner, reporter },
      prices: new Map(
        Object.entries(prices).map(([asset, usd]) => [asset as Asset, BigInt(Math.round(usd * 1e8))]),
      ),
      vault: { abi: harborVaultAbi, bytecode: harborVaultBytecode },
      perps: { abi: harborPerpsAbi, bytecode: harborPerpsBytecode },
    },
    ground,
  )
  const { vault, perps, options, btcFeed, ethFeed, specText } = harbor
  const handover = [
    [vault, harborVaultAbi],
    [perps, harborPerpsAbi],
    [options, harborOptionsAbi],
    [btcFeed, priceFeedAbi],
    [ethFeed, priceFeedAbi],
  ] as const
  return { specText, handover, owned: handover.map(([address]) => address) }
}
