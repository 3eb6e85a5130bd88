import { messageOf } from '@breakwater/kernel'
import type { Abi, AbiEvent, AbiFunction, AbiParameter } from 'viem'
import { parseAbiItem } from 'viem/utils'

export type { Abi, AbiEvent, AbiFunction, AbiParameter }

type Reject = (index: number, reason: string) => void

/** Human-readable items of one ABI. Structs may be listed among them and used by the others. */
export function parseAbiItems(written: readonly string[], reject: Reject): Abi {
  const items = written.map((item) => item.trim())
  const isStruct = (item: string) => item.startsWith('struct ')
  const structs = items.filter(isStruct)
  const parse = (item: string, index: number, extra: readonly string[]): Abi => {
    try {
      return [parseAbiItem([item, ...extra]) as Abi[number]]
    } catch (error) {
      const { metaMessages } = error as { metaMessages?: readonly string[] }
      reject(index, metaMessages?.[0] ?? messageOf(error).split('\n')[0] ?? '')
      return []
    }
  }
  const areStructsRight =
    structs.length === 0 || parse('function f()', items.findIndex(isStruct), structs).length > 0
  if (!areStructsRight) return []
  return items.flatMap((item, index) => (isStruct(item) ? [] : parse(item, index, structs)))
}

/** `transfer(address,uint256)`: what selectors and event topics are hashed from. */
export function signatureOf({ name, inputs }: AbiFunction | AbiEvent): string {
  return `${name}(${inputs.map(typeText).join(',')})`
}

function typeText(parameter: AbiParameter): string {
  if (!('components' in parameter)) return parameter.type
  return `(${parameter.components.map(typeText).join(',')})${parameter.type.slice('tuple'.length)}`
}
