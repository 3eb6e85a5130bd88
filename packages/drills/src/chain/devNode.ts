import { type Address, BaseError, type Hex, messageOf } from '@breakwater/kernel'
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem'

/** A view function to call. */
export interface Read {
  to: Address
  abi: Abi
  name: string
  args?: readonly unknown[]
}

/** A transaction of an account whose key the development node does not need. */
export interface Send {
  from: Address
  to: Address | null
  data: Hex
  /** What the sender pays on top of the base fee, in wei: decides its place in the block. */
  tipWei?: bigint
  gas?: bigint
}

export interface NodeLog {
  topics: readonly Hex[]
  data: Hex
  blockNumber: bigint
}

/** A development node that mines when told to and lets anybody send from any account. */
export interface DevNode {
  request(method: string, params?: readonly unknown[]): Promise<unknown>
  /** All in one round trip. @throws DRILLS_CALL when one of them reverts. */
  read(reads: readonly Read[]): Promise<unknown[]>
  /** Puts a transaction into the mempool; whether it succeeds is seen in its block. */
  send(send: Send): Promise<Hex>
  /** Mines one block with this timestamp, seconds since 1970. */
  mine(timestampSeconds: bigint): Promise<{ number: bigint; hash: Hex }>
  fund(accounts: readonly Address[]): Promise<void>
  /** All logs of a contract whose first topics are these, or one of those. */
  logs(address: Address, topics: readonly (Hex | readonly Hex[])[]): Promise<readonly NodeLog[]>
}

const DEFAULT_GAS = 2_500_000n
const DEFAULT_TIP_WEI = 1_000_000n
const MAX_FEE_WEI = 10n ** 12n
const ETHER = 10n ** 18n

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`

export function createDevNode(url: string): DevNode {
  let nextId = 0
  const post = async (
    calls: readonly { method: string; params: readonly unknown[] }[],
  ): Promise<unknown[]> => {
    if (calls.length === 0) return []
    const body = calls.map((call) => ({ jsonrpc: '2.0', id: nextId++, ...call }))
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch((cause) => {
      throw new BaseError('DRILLS_NODE', `the development node does not answer: ${messageOf(cause)}`, {
        cause,
      })
    })
    const answers = (await response.json()) as { id: number; result?: unknown; error?: { message: string } }[]
    const byId = new Map(answers.map((answer) => [answer.id, answer]))
    return body.map(({ id, method }) => {
      const answer = byId.get(id)
      if (answer?.error === undefined && answer?.result !== undefined) return answer.result
      throw new BaseError('DRILLS_CALL', `${method}: ${answer?.error?.message ?? 'no result'}`)
    })
  }
  const request = async (method: string, params: readonly unknown[] = []) =>
    (await post([{ method, params }]))[0]
  return {
    request,
    async read(reads) {
      const answers = await post(
        reads.map(({ to, abi, name, args = [] }) => ({
          method: 'eth_call',
          params: [{ to, data: encodeFunctionData({ abi, functionName: name, args }) }, 'latest'],
        })),
      )
      return reads.map(({ abi, name }, index) =>
        decodeFunctionResult({ abi, functionName: name, data: answers[index] as Hex }),
      )
    },
    async send({ from, to, data, tipWei = DEFAULT_TIP_WEI, gas = DEFAULT_GAS }) {
      const fees = { maxPriorityFeePerGas: quantity(tipWei), maxFeePerGas: quantity(MAX_FEE_WEI) }
      const transaction = { from, ...(to === null ? {} : { to }), data, gas: quantity(gas), ...fees }
      return (await request('eth_sendTransaction', [transaction])) as Hex
    },
    async mine(timestampSeconds) {
      await request('evm_setNextBlockTimestamp', [Number(timestampSeconds)])
      await request('evm_mine')
      const block = (await request('eth_getBlockByNumber', ['latest', false])) as { number: Hex; hash: Hex }
      return { number: BigInt(block.number), hash: block.hash }
    },
    async logs(address, topics) {
      const filter = { address, topics, fromBlock: '0x0', toBlock: 'latest' }
      const logs = (await request('eth_getLogs', [filter])) as (Omit<NodeLog, 'blockNumber'> & {
        blockNumber: Hex
      })[]
      return logs.map(({ topics, data, blockNumber }) => ({
        ...{ topics, data, blockNumber: BigInt(blockNumber) },
      }))
    },
    async fund(accounts) {
      await post([
        { method: 'anvil_autoImpersonateAccount', params: [true] },
        ...accounts.map((account) => ({
          method: 'anvil_setBalance',
          params: [account, quantity(10_000n * ETHER)],
        })),
      ])
    },
  }
}
