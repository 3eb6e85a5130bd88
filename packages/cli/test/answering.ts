import { concatHex, type Hex, keccak } from '@breakwater/kernel'
import { type Abi, encodeFunctionData, encodeFunctionResult, parseAbi } from 'viem'

/** `[function as in Solidity, arguments, results]`; one result without a list. */
export type Reply = readonly [item: string, args: readonly unknown[], result: unknown]

const push2 = (value: number) => `61${value.toString(16).padStart(4, '0')}`
const JUMP_BYTES = 39
const BODY_BYTES = 16
const HEAD_BYTES = 10 + 5

/**
 * Runtime code of a contract that knows exactly these calls by heart and reverts for all others: what somebody else's
 * contract may look like from outside.
 */
export function answering(...replies: readonly Reply[]): Hex {
  const known = replies.map(([item, args, result]) => {
    const abi = parseAbi([item]) as Abi
    return { call: encodeFunctionData({ abi, args }), data: encodeFunctionResult({ abi, result }).slice(2) }
  })
  const bodies = HEAD_BYTES + known.length * JUMP_BYTES
  // The hash of the calldata stays on the stack and is compared with that of each known call.
  const head = '36600060003736600020'
  let dataAt = bodies + known.length * BODY_BYTES
  const jumps: string[] = []
  const code: string[] = []
  for (const [index, { call, data }] of known.entries()) {
    jumps.push(`807f${keccak(call).slice(2)}14${push2(bodies + index * BODY_BYTES)}57`)
    const length = data.length / 2
    code.push(`5b${push2(length)}${push2(dataAt)}600039${push2(length)}6000f3`)
    dataAt += length
  }
  const parts = [head, ...jumps, '60006000fd', ...code, ...known.map(({ data }) => data)]
  return concatHex(parts.map((part): Hex => `0x${part}`))
}
