import type { Address } from '@breakwater/kernel'
import { type Abi, encodeFunctionData } from 'viem'
import type { Send } from './devNode.ts'

/** Transactions to one contract; `more` says what the sender pays. */
export type Caller = (
  from: Address,
  functionName: string,
  args: readonly unknown[],
  more?: Partial<Send>,
) => Send

export function createCaller(to: Address, abi: Abi): Caller {
  return (from, functionName, args, more = {}) => ({
    ...{ from, to, data: encodeFunctionData({ abi, functionName, args }) },
    ...more,
  })
}
