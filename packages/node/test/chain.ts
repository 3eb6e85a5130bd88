import { circuitBreakerAbi, circuitBreakerBytecode } from '@breakwater/contracts/CircuitBreaker'
import { guardianRegistryAbi, guardianRegistryBytecode } from '@breakwater/contracts/GuardianRegistry'
import { seamedVaultAbi, seamedVaultBytecode } from '@breakwater/contracts/SeamedVault'
import { testDollarAbi, testDollarBytecode } from '@breakwater/contracts/TestDollar'
import { type Anvil, type AnvilOptions, startAnvil } from '@breakwater/devchain'
import { type Address, type Hex, keccakText } from '@breakwater/kernel'
import { loadSpec, type Spec } from '@breakwater/spec'
import {
  type Abi,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
} from 'viem'

const GENESIS_SECONDS = 1_760_000_000
const CHAIN_ID = 31337
const USD = 10n ** 6n

/** A chain on which a block comes when it is told to. */
export interface TestChain {
  anvil: Anvil
  request(method: string, params?: readonly unknown[]): Promise<unknown>
  /** Blocks one second after the one before, or more. Resolves to the newest. */
  mine(count?: number, seconds?: number): Promise<{ number: bigint; hash: Hex }>
  /** A transaction that waits for the next block, from any account. */
  send(from: Address, to: Address | null, data: Hex): Promise<Hex>
  read(to: Address, abi: Abi, functionName: string, args?: readonly unknown[]): Promise<unknown>
  fund(accounts: readonly Address[]): Promise<void>
  stop(): Promise<void>
}

export async function startChain(options: AnvilOptions = {}): Promise<TestChain> {
  const anvil = await startAnvil({
    ...{ chainId: CHAIN_ID, timestampSeconds: GENESIS_SECONDS, args: ['--no-mining'] },
    ...options,
  })
  const request = createRequest(anvil.url)
  await request('anvil_autoImpersonateAccount', [true])
  return {
    anvil,
    request,
    async mine(count = 1, seconds = 1) {
      for (let i = 0; i < count; i++) {
        const { timestamp } = (await request('eth_getBlockByNumber', ['latest', false])) as { timestamp: Hex }
        await request('evm_setNextBlockTimestamp', [Number(timestamp) + seconds])
        await request('evm_mine')
      }
      const block = (await request('eth_getBlockByNumber', ['latest', false])) as { number: Hex; hash: Hex }
      return { number: BigInt(block.number), hash: block.hash }
    },
    async send(from, to, data) {
      const transaction = { from, ...(to === null ? {} : { to }), data, gas: '0x800000' }
      return (await request('eth_sendTransaction', [transaction])) as Hex
    },
    async read(to, abi, functionName, args = []) {
      const data = await request('eth_call', [
        { to, data: encodeFunctionData({ abi, functionName, args }) },
        'latest',
      ])
      return decodeFunctionResult({ abi, functionName, data: data as Hex })
    },
    async fund(accounts) {
      for (const account of accounts)
        await request('anvil_setBalance', [account, `0x${(10n ** 20n).toString(16)}`])
    },
    stop: anvil.stop,
  }
}

function createRequest(url: string): TestChain['request'] {
  return async (method, params = []) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } }
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }
}

/** A vault that must hold a thousand dollars, and its brake. */
export interface Protocol {
  spec: Spec
  /** The block in which it is complete. */
  startBlock: bigint
  breaker: Address
  registry: Address
  vault: Address
  usdc: Address
  owner: Address
  /** Six hundred of fifteen hundred dollars leave the vault with the next block: the reserve does not hold. */
  drain(): Promise<Hex>
  /** They come back. */
  mend(): Promise<Hex>
  isPaused(): Promise<boolean>
}

let owners = 0

/** Deploys and wires everything in two blocks; without `guardians` nothing of Breakwater. */
export async function deployProtocol(
  chain: TestChain,
  guardians: readonly Address[] | null,
  limits: { heartbeatSeconds?: number; deadLevel?: number } = {},
): Promise<Protocol> {
  const owner = `0x${(0xa11ce_0000n + BigInt(++owners)).toString(16).padStart(40, '0')}` as Address
  await chain.fund([owner])
  const addressAt = (nonce: bigint) => getContractAddress({ from: owner, nonce }).toLowerCase() as Address
  const [usdc, vault, registry, breaker] = [addressAt(0n), addressAt(1n), addressAt(2n), addressAt(3n)]
  const deploy = (abi: Abi, bytecode: Hex, args: readonly unknown[]) =>
    chain.send(owner, null, encodeDeployData({ abi, bytecode, args }))
  const call = (from: Address, to: Address, abi: Abi, functionName: string, args: readonly unknown[]) =>
    chain.send(from, to, encodeFunctionData({ abi, functionName, args }))
  await deploy(testDollarAbi, testDollarBytecode, [owner])
  await deploy(seamedVaultAbi, seamedVaultBytecode, [usdc, owner, FLOW, 0n])
  if (guardians !== null) {
    const stake = { token: usdc, treasury: owner, parameters: STAKE }
    await deploy(guardianRegistryAbi, guardianRegistryBytecode, [stake, guardians, owner])
    await deploy(circuitBreakerAbi, circuitBreakerBytecode, [registry])
  }
  await chain.mine()
  const spec = loadSpec(specificationOf({ registry, breaker, usdc, vault }, guardians !== null))
  if (guardians !== null) {
    await call(owner, vault, seamedVaultAbi, 'setBreaker', [breaker])
    await call(owner, breaker, circuitBreakerAbi, 'register', [vault, spec.hash, { ...LIMITS, ...limits }])
  }
  await call(owner, usdc, testDollarAbi, 'mint', [vault, 1500n * USD])
  await chain.fund([vault])
  const { number: startBlock } = await chain.mine()
  return {
    ...{ spec, startBlock, breaker, registry, vault, usdc, owner },
    drain: () => call(vault, usdc, testDollarAbi, 'transfer', [owner, 600n * USD]),
    mend: () => call(owner, usdc, testDollarAbi, 'transfer', [vault, 600n * USD]),
    isPaused: async () => (await chain.read(vault, seamedVaultAbi, 'isPaused')) as boolean,
  }
}

const selector = (signature: string) => keccakText(signature).slice(0, 10)
const FLOW = {
  windows: [{ capAmount: 0n, capBps: 5_000, reserveBps: 0, windowSeconds: 60 }],
  ...{ smallAmount: 0n, smallSeconds: 0 },
}
const STAKE = {
  ...{ minStake: 1n, unbondingSeconds: 14 * 86_400, evidenceSeconds: 7 * 86_400, overlapSeconds: 0 },
  ...{ slashBps: 5_000, reporterBps: 1_000 },
}
const LIMITS = {
  actions: [
    ['delayWithdrawalsFor(uint256)', 'areWithdrawalsDelayed()'],
    ['reduceOnlyFor(uint256)', 'isReduceOnly()'],
    ['pauseFor(uint256)', 'isPaused()'],
  ].map(([act = '', check = '']) => ({
    selector: selector(act),
    check: selector(check),
    maxDurationSeconds: 3600,
  })),
  ...{ cooldownSeconds: 1, budgetSeconds: 36_000, liftDelaySeconds: 60, armDelaySeconds: 86_400 },
  ...{ tailSeconds: 0, heartbeatSeconds: 0, deadLevel: 0 },
}

interface Addresses {
  registry: Address
  breaker: Address
  usdc: Address
  vault: Address
}

function specificationOf({ registry, breaker, usdc, vault }: Addresses, acts: boolean): string {
  const account = (address: Address) => `"eip155:${CHAIN_ID}:${address}"`
  const observing = `version: 1
protocol: { name: Reserve, kinds: [vault] }
networks: [{ slug: local, chainId: ${CHAIN_ID} }]
contracts:
  usdc: { address: ${account(usdc)}, abi: erc20, decimals: 6 }
  vault: { address: ${account(vault)}, abi: erc4626, holds: [usdc] }
values:
  held: usdc.balanceOf(vault)
invariants:
  - { id: reserve, require: held >= 1_000 usdc, severity: critical }
  - { id: steady, require: "held >= ago(held, 5s) - 5_000 usdc", severity: high }
`
  if (!acts) return observing
  return `${observing}responses:
  - { id: pause-vault, when: rule == reserve, do: pause, target: vault, for: 10m }
guardians: { registry: ${account(registry)}, breaker: ${account(breaker)} }
`
}
