import { connectRpc, type Rpc } from '@breakwater/chain'
import { harborVaultAbi, harborVaultBytecode } from '@breakwater/contracts/HarborVault'
import { testDollarAbi, testDollarBytecode } from '@breakwater/contracts/TestDollar'
import { type Anvil, startAnvil } from '@breakwater/devchain'
import { type Address, type Hex, keccakText } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPlan, type DeployChain, HARBOR, openSendingChain, type Plan, runPlan } from '../src/index.ts'

const deployer = createLocalSigner(keccakText('a deployer for tests'))
const PERPS: Address = `0x${'77'.repeat(20)}`

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

/** A token, a vault that names its perpetuals, and dollars for somebody. */
function planOf(salt: string): Plan {
  const owner = deployer.address
  const plan = createPlan(owner, keccakText(salt))
  const usdc = plan.deploy('usdc', { abi: testDollarAbi, bytecode: testDollarBytecode }, [owner])
  const vault = { abi: harborVaultAbi, bytecode: harborVaultBytecode }
  const to = plan.deploy('vault', vault, [usdc, owner, HARBOR.flow, 0n])
  plan.stage()
  plan.call({
    ...{ from: owner, to, abi: harborVaultAbi, functionName: 'setPerps', args: [PERPS] },
    until: { functionName: 'perps', holds: (perps) => perps === PERPS },
  })
  plan.call({
    ...{ from: owner, to: usdc, abi: testDollarAbi, functionName: 'mint', args: [PERPS, 5n] },
    until: { functionName: 'balanceOf', args: [PERPS], holds: (balance) => balance === 5n },
  })
  return plan
}
const ALL = ['usdc', 'vault', 'vault.setPerps', 'usdc.mint']

describe('a deployment', () => {
  it('sends each step once, and nothing when it is run again', async () => {
    const plan = planOf('once')
    const seen: string[] = []
    const onProgress = ({
      step,
      state,
      index,
      count,
    }: {
      step: string
      state: string
      index: number
      count: number
    }) => seen.push(`${index}/${count} ${state} ${step}`)
    expect(await runPlan(plan, chain, { onProgress })).toEqual({ sent: ALL, skipped: [] })
    expect(seen).toEqual(ALL.map((step, i) => `${i + 1}/4 sending ${step}`))
    expect(await runPlan(planOf('once'), chain)).toEqual({ sent: [], skipped: ALL })
  })

  it('knows all addresses before anything is sent, and says what it would send', async () => {
    const plan = planOf('dry')
    expect(await runPlan(plan, chain, { dryRun: true })).toEqual({ sent: ALL, skipped: [] })
    for (const address of plan.contracts.values()) expect(await chain.hasCode(address)).toBe(false)
    await runPlan(plan, chain)
    for (const address of plan.contracts.values()) expect(await chain.hasCode(address)).toBe(true)
  })

  it.each(ALL.map((_, index) => index))(
    'that failed at transaction %i is taken up there',
    async (failing) => {
      let sent = 0
      const failsOnce: DeployChain = {
        ...chain,
        async send(transaction) {
          if (sent++ === failing) throw new Error('no more ether')
          await chain.send(transaction)
        },
      }
      const error = await runPlan(planOf(`fails ${failing}`), failsOnce).catch((caught) => caught)
      expect(error).toMatchObject({
        code: 'DEPLOY_STEP',
        message: expect.stringContaining(`${ALL[failing]} failed`),
      })
      const again = await runPlan(planOf(`fails ${failing}`), chain)
      expect(again).toEqual({ sent: ALL.slice(failing), skipped: ALL.slice(0, failing) })
    },
  )

  it('is not done when a transaction did not do what it should', async () => {
    const swallows: DeployChain = {
      ...chain,
      send: (transaction) => (isMint(transaction.data) ? Promise.resolve() : chain.send(transaction)),
    }
    await expect(runPlan(planOf('swallowed'), swallows)).rejects.toMatchObject({
      ...{ code: 'DEPLOY_VERIFY', message: expect.stringContaining('usdc.mint') },
    })
  })

  it('says what the chain refuses, and who has to send', async () => {
    const stranger = await openSendingChain(rpc, createLocalSigner(keccakText('a stranger')))
    await expect(runPlan(planOf('stranger'), stranger)).rejects.toThrow(
      `${deployer.address} has to send this`,
    )
    const plan = createPlan(deployer.address, keccakText('twice'))
    const usdc = plan.deploy('usdc', { abi: testDollarAbi, bytecode: testDollarBytecode }, [PERPS])
    plan.stage()
    plan.call({
      ...{ from: deployer.address, to: usdc, abi: testDollarAbi, functionName: 'mint', args: [PERPS, 5n] },
      until: { functionName: 'totalSupply', holds: (supply) => supply === 5n },
    })
    await expect(runPlan(plan, chain)).rejects.toMatchObject({
      ...{ code: 'DEPLOY_STEP', message: expect.stringMatching(/usdc.mint failed: .*revert/s) },
    })
  })

  it('needs the deployment proxy', async () => {
    const bare: DeployChain = { ...chain, hasCode: async () => false }
    await expect(runPlan(planOf('bare'), bare)).rejects.toMatchObject({ code: 'DEPLOY_FACTORY_MISSING' })
  })

  it('does not take a node that fails for an answer', async () => {
    const gone = connectRpc('http://127.0.0.1:1')
    await expect(openSendingChain(gone, deployer)).rejects.toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE' })
    const dead: DeployChain = { ...chain, call: (to, data) => callOf(gone, to, data) }
    await expect(runPlan(planOf('once'), dead)).rejects.toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE' })
  })
})

const isMint = (data: Hex) => data.startsWith('0x40c10f19')
const callOf = async (via: Rpc, to: Address, data: Hex) =>
  (await via.request('eth_call', [{ to, data }, 'latest'])) as Hex
