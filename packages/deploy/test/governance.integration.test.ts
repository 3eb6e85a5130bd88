import { connectRpc, type Rpc } from '@breakwater/chain'
import { governanceTimelockAbi } from '@breakwater/contracts/GovernanceTimelock'
import { testDollarAbi, testDollarBytecode } from '@breakwater/contracts/TestDollar'
import { type Anvil, startAnvil } from '@breakwater/devchain'
import { type Address, keccakText } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'
import { encodeFunctionData } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createPlan,
  type DeployChain,
  openSendingChain,
  type Plan,
  planGovernance,
  planGuards,
  planSeat,
  runPlan,
  STAKE,
} from '../src/index.ts'

const deployer = createLocalSigner(keccakText('a deployer of governance'))
const somebody = (n: number): Address => `0x${n.toString(16).padStart(40, 'a')}`

let anvil: Anvil
let rpc: Rpc
let chain: DeployChain
beforeAll(async () => {
  anvil = await startAnvil()
  rpc = connectRpc(anvil.url)
  await rpc.request('anvil_setBalance', [deployer.address, '0x56bc75e2d63100000'])
  chain = await openSendingChain(rpc, deployer)
})
afterAll(async () => {
  rpc?.close()
  await anvil?.stop()
})

async function wholePlan(salt: string): Promise<Plan> {
  const block = (await rpc.request('eth_getBlockByNumber', ['earliest', false])) as { timestamp: string }
  const plan = createPlan(deployer.address, keccakText(salt))
  const token = plan.deploy('token', { abi: testDollarAbi, bytecode: testDollarBytecode }, [deployer.address])
  const options = {
    ...{ deployer: deployer.address, voteToken: token, poolAsset: token },
    ...{ proposalThreshold: 10n ** 10n, quorumFloor: 10n ** 11n, underwriterFloor: 10n ** 16n },
    council: {
      members: [1, 2, 3, 4, 5].map(somebody),
      threshold: 3n,
      termEndSeconds: BigInt(block.timestamp) + 180n * 86_400n,
    },
  }
  const seat = planSeat(plan, options)
  const { registry } = planGuards(plan, {
    ...{ owner: seat.timelock, stakeToken: token, treasury: seat.timelock },
    ...{ guardians: [6, 7, 8, 9].map(somebody), stake: { ...STAKE, minStake: 10n ** 10n } },
  })
  planGovernance(plan, options, seat, registry)
  return plan
}

it('is wired so that the timelock has everything and the deployer nothing', async () => {
  const plan = await wholePlan('whole')
  const { sent } = await runPlan(plan, chain)
  expect(sent).toContain('timelock.renounceRole')
  expect(await runPlan(await wholePlan('whole'), chain)).toMatchObject({ sent: [] })
  const owners = ['registry', 'pool', 'steward'].map((name) => plan.contracts.get(name) as Address)
  for (const to of owners) {
    const data = encodeFunctionData({ abi: testDollarAbi, functionName: 'owner' })
    expect(BigInt((await chain.call(to, data)) ?? 0)).toBe(BigInt(plan.contracts.get('timelock') ?? 0))
  }
})

it('is not taken for wired while somebody else could cancel, schedule or execute', async () => {
  const plan = await wholePlan('flawed')
  const timelock = plan.contracts.get('timelock') as Address
  const data = encodeFunctionData({
    ...{ abi: governanceTimelockAbi, functionName: 'grantRole' },
    args: [keccakText('PROPOSER_ROLE'), deployer.address],
  })
  const meddling: DeployChain = {
    ...chain,
    async send(transaction) {
      // Just before the deployer gives its role up.
      if (transaction.to === timelock && transaction.data.startsWith('0x36568abe')) {
        await chain.send({ from: deployer.address, to: timelock, data })
      }
      await chain.send(transaction)
    },
  }
  await expect(runPlan(plan, meddling)).rejects.toMatchObject({
    ...{
      code: 'DEPLOY_VERIFY',
      message: expect.stringContaining('the chain does not confirm governance is wired'),
    },
  })
})
