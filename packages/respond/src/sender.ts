import type { Rpc } from '@breakwater/chain'
import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import {
  type Address,
  BaseError,
  concatHex,
  type Hex,
  hexToBytes,
  isHex,
  keccak,
  messageOf,
} from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { decodeErrorResult, serializeTransaction, type TransactionSerializableEIP1559 } from 'viem'

export interface Call {
  to: Address
  data: Hex
  gas: bigint
}

export interface Bid {
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
}

/** The chain as a carrier needs it. */
export interface Sender {
  address: Address
  /** The next nonce, transactions that wait included. */
  nextNonce(): Promise<number>
  /** Base fee of the newest block and the tip that the node suggests, in wei. */
  fees(): Promise<{ baseFee: bigint; tip: bigint }>
  /** Why the chain would refuse a call on top of all that waits: the contract's error by name; `null` if it would not. */
  refusal(call: Call): Promise<string | null>
  /** Signs and hands a transaction to every provider; one that takes it is enough. */
  send(call: Call, nonce: number, bid: Bid): Promise<Hex>
}

export function createSender(chainId: bigint, rpcs: readonly Rpc[], signer: Signer): Sender {
  const first = async <T>(ask: (rpc: Rpc) => Promise<T>): Promise<T> => {
    try {
      return await Promise.any(rpcs.map(ask))
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error
    }
  }
  const quantity = async (rpc: Rpc, method: string, params: readonly unknown[]) =>
    toBigInt(method, await rpc.request(method, params))
  return {
    address: signer.address,
    nextNonce: async () =>
      Number(await first((rpc) => quantity(rpc, 'eth_getTransactionCount', [signer.address, 'pending']))),
    fees: () =>
      first(async (rpc) => {
        const block = (await rpc.request('eth_getBlockByNumber', ['latest', false])) as {
          baseFeePerGas?: unknown
        } | null
        const tip = await quantity(rpc, 'eth_maxPriorityFeePerGas', []).catch(() => 0n)
        return { baseFee: toBigInt('baseFeePerGas', block?.baseFeePerGas ?? '0x0'), tip }
      }),
    refusal: ({ to, data, gas }) =>
      first(async (rpc) => {
        try {
          const call = { from: signer.address, to, data, gas: `0x${gas.toString(16)}` }
          await rpc.request('eth_call', [call, 'pending'])
          return null
        } catch (error) {
          const name = revertName(error)
          if (name === null) throw error
          return name
        }
      }),
    async send({ to, data, gas }, nonce, bid) {
      const raw = signTransaction(
        { chainId: Number(chainId), type: 'eip1559', to, data, gas, nonce, ...bid },
        signer,
      )
      await first((rpc) => rpc.request('eth_sendRawTransaction', [raw]))
      return keccak(raw)
    },
  }
}

function toBigInt(what: string, value: unknown): bigint {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value)) return BigInt(value)
  throw new BaseError(
    'RESPOND_RPC',
    `${what} gave ${messageOf(JSON.stringify(value)).slice(0, 80)}, no quantity`,
    {
      retry: 'later',
    },
  )
}

/** The breaker's error, by name, that a node's answer carries; `null` when the node failed otherwise. */
function revertName(error: unknown): string | null {
  if (!(error instanceof BaseError) || error.code !== 'CHAIN_RPC_ERROR') return null
  const data = error.meta.nodeData
  if (typeof data !== 'string' || !isHex(data)) return null
  try {
    return decodeErrorResult({ abi: circuitBreakerAbi, data }).errorName
  } catch {
    return `an unknown error ${data.slice(0, 10)}`
  }
}

/** An EIP-1559 transaction signed by an identity that only signs digests. */
function signTransaction(transaction: TransactionSerializableEIP1559, signer: Signer): Hex {
  const compact = hexToBytes(signer.sign(keccak(serializeTransaction(transaction))))
  const yParity = (compact[32] ?? 0) >> 7
  compact[32] = (compact[32] ?? 0) & 0x7f
  const hex = (from: number, to: number): Hex =>
    concatHex([`0x${Buffer.from(compact.subarray(from, to)).toString('hex')}`])
  return serializeTransaction(transaction, { r: hex(0, 32), s: hex(32, 64), yParity })
}
