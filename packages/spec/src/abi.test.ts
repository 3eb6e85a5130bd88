import { keccakText } from '@breakwater/kernel'
import { toEventSelector, toFunctionSelector } from 'viem'
import { describe, expect, it } from 'vitest'
import { type AbiEvent, type AbiFunction, parseAbiItems, signatureOf } from './abi.ts'

const reasonOf = (item: string): string | undefined => {
  let found: string | undefined
  parseAbiItems(['function f()', item], (index, reason) => {
    found = `${index}: ${reason}`
  })
  return found
}

describe('parseAbiItems', () => {
  it('keeps the right items', () => {
    const abi = parseAbiItems(['function f() view returns (uint)', 'nonsense', ' event E(uint a)'], () => {})
    expect(abi.map((item) => item.type)).toEqual(['function', 'event'])
  })

  it.each([
    ['uint256', '1: Unknown signature.'],
    ['function f(foo) view', '1: Type "foo" is not a valid ABI type.'],
    ['function f(uint256 memory) view', '1: Modifier "memory" not allowed in "function" type.'],
    ['struct A { uint256 b; }', '1: write structs out as (type name, …) where they are used'],
    [`function f(${'('.repeat(300)}uint256${')'.repeat(300)})`, '1: it has too many parentheses'],
  ])('rejects %s', (item, reason) => {
    expect(reasonOf(item)).toBe(reason)
  })
})

describe('signatureOf', () => {
  it.each([
    'function transfer(address to, uint256 amount) returns (bool)',
    'function f((uint256 a, (bool b, address[] c)[3] d) e, int24[2][] f) view',
    'event Transfer(address indexed from, address indexed to, uint256 value)',
  ])('is what an independent implementation hashes: %s', (text) => {
    const [item] = parseAbiItems([text], () => {}) as readonly (AbiFunction | AbiEvent)[]
    if (item === undefined) throw new Error('no item')
    const hash = keccakText(signatureOf(item))
    expect(item.type === 'event' ? hash : hash.slice(0, 10)).toBe(
      item.type === 'event' ? toEventSelector(text) : toFunctionSelector(text),
    )
  })
})
