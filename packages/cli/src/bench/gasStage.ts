import { type BareChain, type DevNode, devAddress } from '@breakwater/drills'
import { type Address, BaseError, type Hex } from '@breakwater/kernel'
import { type Abi, encodeDeployData, encodeFunctionData, getContractAddress } from 'viem'

/** A contract on the stage. */
export interface Deployed {
  readonly address: Address
  readonly abi: Abi
}

/** A chain on which each transaction has a block for itself, so that nothing is warm. */
export interface GasStage {
  readonly chainId: bigint
  readonly owner: Address
  deploy(abi: Abi, bytecode: Hex, args: readonly unknown[]): Promise<Deployed>
  /** Gas of the whole transaction. @throws BENCH_REVERTED */
  send(from: Address, to: Deployed, name: string, args: readonly unknown[]): Promise<number>
  /** As `send`, and then all is as it was. */
  measure(from: Address, to: Deployed, name: string, args: readonly unknown[]): Promise<number>
  call(to: Deployed, name: string, args: readonly unknown[]): Promise<unknown>
  /** The last block; an action of the next one can be anchored to it. */
  head(): Promise<{ number: bigint; hash: Hex; timestampSeconds: bigint }>
}

const SEED = 1
const BLOCK_SECONDS = 12n
const DEPLOY_GAS = 12_000_000n

/** @param accounts Who sends something, beside the owner. */
export async function createGasStage(
  { node }: BareChain,
  genesisSeconds: number,
  accounts: readonly Address[],
): Promise<GasStage> {
  const owner = devAddress(SEED, 'owner')
  await node.fund([owner, ...accounts])
  let timestampSeconds = BigInt(genesisSeconds)
  let nonce = 0n
  const mine = async (hash: Hex): Promise<number> => {
    timestampSeconds += BLOCK_SECONDS
    await node.mine(timestampSeconds)
    return gasOf(node, hash)
  }
  const send: GasStage['send'] = async (from, { address, abi }, name, args) => {
    if (from === owner) nonce += 1n
    const data = encodeFunctionData({ abi, functionName: name, args })
    return mine(await node.send({ from, to: address, data }))
  }
  return {
    chainId: BigInt((await node.request('eth_chainId')) as Hex),
    owner,
    async deploy(abi, bytecode, args) {
      const address = getContractAddress({ from: owner, nonce: nonce++ }).toLowerCase() as Address
      const data = encodeDeployData({ abi, bytecode, args })
      await mine(await node.send({ from: owner, to: null, data, gas: DEPLOY_GAS }))
      return { address, abi }
    },
    send,
    async measure(from, to, name, args) {
      const before = { nonce, timestampSeconds }
      const snapshot = await node.request('evm_snapshot')
      try {
        return await send(from, to, name, args)
      } finally {
        await node.request('evm_revert', [snapshot])
        ;({ nonce, timestampSeconds } = before)
      }
    },
    async call({ address, abi }, name, args) {
      const [answer] = await node.read([{ to: address, abi, name, args }])
      return answer
    },
    async head() {
      const block = (await node.request('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
      const { number = '0x0', hash = '0x', timestamp = '0x0' } = block
      return { number: BigInt(number), hash, timestampSeconds: BigInt(timestamp) }
    },
  }
}

async function gasOf(node: DevNode, hash: Hex): Promise<number> {
  const receipt = (await node.request('eth_getTransactionReceipt', [hash])) as { gasUsed: Hex; status: Hex }
  if (receipt.status === '0x1') return Number(receipt.gasUsed)
  throw new BaseError(
    'BENCH_REVERTED',
    `the transaction ${hash} reverted after ${Number(receipt.gasUsed)} gas`,
    {
      hint: 'the contracts changed and the bench did not: compare it with the tests of the contracts',
    },
  )
}
