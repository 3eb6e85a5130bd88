import { parseHeader, type Rpc } from '@breakwater/chain'
import { valueReaderAbi, valueReaderBytecode } from '@breakwater/contracts/ValueReader'
import { type Address, BaseError, type BlockRef, type Hex, isHex } from '@breakwater/kernel'
import { decodeAbiParameters, encodeDeployData } from 'viem'

/** A view function of a contract, ready to call. */
export interface Call {
  to: Address
  data: Hex
}

/** One chain in one block, so that all that is read belongs together. Its methods throw the errors of `Rpc`. */
export interface Reader {
  chainId: bigint
  block: BlockRef
  /** Whether there is a contract. */
  hasCode(address: Address): Promise<boolean>
  /** 32 bytes of a contract's storage. */
  slot(address: Address, slot: Hex): Promise<bigint>
  /** What each call returns, at most 1,024 bytes of it; `null` where it reverts. */
  calls(calls: readonly Call[]): Promise<readonly (Hex | null)[]>
}

/** Answers of up to 1,024 bytes, all together below the code size limit of 24,576 bytes (EIP-170). */
const CALLS_AT_ONCE = 20

const RESULTS = [
  {
    type: 'tuple[]',
    components: [
      { type: 'bool', name: 'ok' },
      { type: 'bytes', name: 'data' },
    ],
  },
] as const

/** Pins the newest block of the chain behind a provider. @throws the errors of `Rpc`, and CHAIN_RPC_MALFORMED */
export async function openReader(rpc: Rpc): Promise<Reader> {
  const [chainId, head] = await Promise.all([
    rpc.request('eth_chainId', []),
    rpc.request('eth_getBlockByNumber', ['latest', false]),
  ])
  if (head === null) throw malformed(rpc, 'eth_getBlockByNumber', 'there is no newest block')
  // A draft rests on one provider's word anyway: its header is not recomputed, so that any chain's will do.
  const block = parseHeader(head, 'trusted').ref
  const at = { blockHash: block.hash }
  return {
    chainId: quantity(rpc, 'eth_chainId', chainId),
    block,
    async hasCode(address) {
      const code = await rpc.request('eth_getCode', [address, at])
      if (isHex(code)) return code !== '0x'
      throw malformed(rpc, 'eth_getCode', 'it is not hexadecimal')
    },
    slot: async (address, slot) =>
      quantity(rpc, 'eth_getStorageAt', await rpc.request('eth_getStorageAt', [address, slot, at])),
    async calls(calls) {
      const parts: Call[][] = []
      for (let i = 0; i < calls.length; i += CALLS_AT_ONCE) parts.push(calls.slice(i, i + CALLS_AT_ONCE))
      return (await Promise.all(parts.map((part) => callTogether(rpc, at, part)))).flat()
    },
  }
}

async function callTogether(
  rpc: Rpc,
  at: { blockHash: Hex },
  calls: readonly Call[],
): Promise<readonly (Hex | null)[]> {
  const reads = calls.map(({ to, data }) => ({ target: to, data, balance: false }))
  const data = encodeDeployData({ abi: valueReaderAbi, bytecode: valueReaderBytecode, args: [reads] })
  let answer: unknown
  try {
    answer = await rpc.request('eth_call', [{ data }, at])
  } catch (error) {
    // Contracts that burn the gas they are given can be too much for one call.
    if (calls.length === 1 || !(error instanceof BaseError) || error.code !== 'CHAIN_RPC_ERROR') throw error
    const half = Math.ceil(calls.length / 2)
    return [
      ...(await callTogether(rpc, at, calls.slice(0, half))),
      ...(await callTogether(rpc, at, calls.slice(half))),
    ]
  }
  const results = isHex(answer) ? decodeResults(answer) : null
  if (results?.length !== calls.length) {
    throw malformed(rpc, 'eth_call', `it does not hold the results of ${calls.length} reads`)
  }
  return results.map(({ ok, data: returned }) => (ok ? returned : null))
}

function decodeResults(answer: Hex) {
  try {
    return decodeAbiParameters(RESULTS, answer)[0]
  } catch {
    return null
  }
}

function quantity(rpc: Rpc, method: string, answer: unknown): bigint {
  if (typeof answer === 'string' && /^0x[0-9a-f]{1,64}$/i.test(answer)) return BigInt(answer)
  throw malformed(rpc, method, 'it is no number')
}

function malformed(rpc: Rpc, method: string, reason: string): BaseError {
  return new BaseError('CHAIN_RPC_MALFORMED', `${rpc.label}: ${method} got a malformed answer: ${reason}`, {
    hint: 'see whether the URL is that of an Ethereum JSON-RPC node',
    retry: 'later',
  })
}
