import type { Rpc } from '@breakwater/chain'
import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { type Address, BaseError, type Hex, isHex, keccak, shorten } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { decodeErrorResult } from 'viem'
import { signTransaction } from './transaction.ts'

export interface Call {
  to: Address
  data: Hex
  gas: bigint
}

export interface Bid {
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
}

/** What a bid has to reckon with. Fees in wei. */
export interface Fees {
  /** The newest block, and its base fee. */
  blockNumber: bigint
  baseFee: bigint
  /** What the node suggests on top of it. */
  tip: bigint
}

/** The chain as a carrier needs it. */
export interface Sender {
  address: Address
  /** The first nonce that is not mined, and the first behind all transactions that wait. */
  nonces(): Promise<{ mined: number; next: number }>
  fees(): Promise<Fees>
  /**
   * Why the chain would refuse a call on top of all that waits: the contract's error by name. `null` once one provider
   * would take it: believing one that is ahead, or lies, could cost the protection, this costs some gas.
   */
  refusal(call: Call): Promise<string | null>
  /** Signs and hands a transaction to every provider; one that takes it is enough. Resolves to its hash. */
  send(call: Call, nonce: number, bid: Bid): Promise<Hex>
}

export function createSender(chainId: bigint, rpcs: readonly Rpc[], signer: Signer): Sender {
  /** The first answer; when there is none, the first provider's error. */
  const first = async <T>(ask: (rpc: Rpc) => Promise<T>): Promise<T> => {
    try {
      return await Promise.any(rpcs.map(ask))
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error
    }
  }
  const nonceAt = async (rpc: Rpc, tag: 'latest' | 'pending') =>
    Number(toBigInt(rpc, await rpc.request('eth_getTransactionCount', [signer.address, tag])))
  return {
    address: signer.address,
    nonces: () =>
      first(async (rpc) => {
        const [mined, next] = await Promise.all([nonceAt(rpc, 'latest'), nonceAt(rpc, 'pending')])
        return { mined, next }
      }),
    fees: () =>
      first(async (rpc) => {
        const [answer, tip] = await Promise.all([
          rpc.request('eth_getBlockByNumber', ['latest', false]),
          rpc.request('eth_maxPriorityFeePerGas', []).catch(() => '0x0'),
        ])
        const block = (answer ?? {}) as { number?: unknown; baseFeePerGas?: unknown }
        return {
          blockNumber: toBigInt(rpc, block.number),
          baseFee: toBigInt(rpc, block.baseFeePerGas ?? '0x0'),
          tip: toBigInt(rpc, tip),
        }
      }),
    async refusal(call) {
      const refusals: string[] = []
      const ask = async (rpc: Rpc) => {
        const refusal = await simulate(rpc, signer.address, call)
        if (refusal === null) return
        refusals.push(refusal)
        throw new BaseError('RESPOND_REFUSED', refusal)
      }
      try {
        await first(ask)
        return null
      } catch (error) {
        const [refusal] = refusals
        if (refusal === undefined) throw error
        return refusal
      }
    },
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

function toBigInt({ label }: Rpc, value: unknown): bigint {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value)) return BigInt(value)
  const text = shorten(JSON.stringify(value) ?? 'nothing', 80)
  throw new BaseError('RESPOND_RPC', `${label}: ${text} is no quantity`, { retry: 'later' })
}

/** @throws when this provider cannot tell */
async function simulate(rpc: Rpc, from: Address, { to, data, gas }: Call): Promise<string | null> {
  const call = { from, to, data, gas: `0x${gas.toString(16)}` }
  const ask = (tag: 'pending' | 'latest') => rpc.request('eth_call', [call, tag]).then(() => null, refusalOf)
  // Not every node can look at what waits.
  return ask('pending').catch(() => ask('latest'))
}

/**
 * What the chain has against a call: the breaker's error, by name.
 * @throws the error itself when the node failed otherwise
 */
function refusalOf(error: unknown): string {
  if (!(error instanceof BaseError) || error.code !== 'CHAIN_RPC_ERROR') throw error
  const { nodeData: data, nodeMessage } = error.meta
  if (typeof data === 'string' && isHex(data) && data !== '0x') return errorName(data)
  if (typeof nodeMessage === 'string' && /revert/i.test(nodeMessage)) return 'a revert without a reason'
  throw error
}

function errorName(data: Hex): string {
  try {
    return decodeErrorResult({ abi: circuitBreakerAbi, data }).errorName
  } catch {
    return `the unknown error ${data.slice(0, 10)}`
  }
}
