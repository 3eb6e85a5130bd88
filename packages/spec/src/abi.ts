import { messageOf } from '@breakwater/kernel'
import type { Abi, AbiEvent, AbiFunction, AbiParameter } from 'viem'
import { parseAbiItem } from 'viem/utils'

export type { Abi, AbiEvent, AbiFunction, AbiParameter }

/** Nested parentheses that an item may have: the parser's time grows with their square. */
const MAX_PARENTHESES = 32

/** Human-readable items of one ABI; those that are not right are rejected with a reason. */
export function parseAbiItems(
  items: readonly string[],
  reject: (index: number, reason: string) => void,
): Abi {
  return items.flatMap((item, index) => {
    try {
      // Structs that use each other grow beyond all bounds when they are written out.
      if (/^\s*struct\b/.test(item))
        throw new Error('write structs out as (type name, …) where they are used')
      if (item.split('(').length > MAX_PARENTHESES) throw new Error('it has too many parentheses')
      return [parseAbiItem(item.trim()) as Abi[number]]
    } catch (error) {
      const { metaMessages } = error as { metaMessages?: readonly string[] }
      reject(index, metaMessages?.[0] ?? messageOf(error).split('\n')[0] ?? '')
      return []
    }
  })
}

/** `transfer(address,uint256)`: what selectors and event topics are hashed from. */
export function signatureOf({ name, inputs }: AbiFunction | AbiEvent): string {
  return `${name}(${inputs.map(typeText).join(',')})`
}

function typeText(parameter: AbiParameter): string {
  if (!('components' in parameter)) return parameter.type
  return `(${parameter.components.map(typeText).join(',')})${parameter.type.slice('tuple'.length)}`
}
