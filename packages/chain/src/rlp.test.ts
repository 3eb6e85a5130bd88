import type { Hex } from '@breakwater/kernel'
import fc from 'fast-check'
import { toRlp } from 'viem'
import { expect, test } from 'vitest'
import { encodeRlp, type RlpItem, rlpNumber } from './rlp.ts'

const hex = (maxBytes: number) =>
  fc.uint8Array({ maxLength: maxBytes }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as Hex)
const { item } = fc.letrec<{ item: RlpItem; list: readonly RlpItem[] }>((tie) => ({
  item: fc.oneof({ depthSize: 'small' }, hex(70), tie('list')),
  list: fc.array(tie('item'), { maxLength: 8 }),
}))

test.each<[RlpItem, Hex]>([
  ['0x', '0x80'],
  ['0x00', '0x00'],
  ['0x7f', '0x7f'],
  ['0x80', '0x8180'],
  [[], '0xc0'],
  [['0x636174', '0x646f67'], '0xc88363617483646f67'],
  [[[], [[]], [[], [[]]]], '0xc7c0c1c0c3c0c1c0'],
  [`0x${'61'.repeat(56)}`, `0xb838${'61'.repeat(56)}`],
])('%j is encoded as the specification says', (value, encoded) => expect(encodeRlp(value)).toBe(encoded))

test("agrees with viem's encoder", () => {
  fc.assert(
    fc.property(item, (value) => {
      expect(encodeRlp(value)).toBe(toRlp(value as Hex))
    }),
  )
})

test('an item of more than 65,535 bytes has its length in three', () => {
  expect(encodeRlp(`0x${'00'.repeat(70_000)}`).slice(0, 10)).toBe('0xba011170')
})

test.each<[Hex, Hex]>([
  ['0x0', '0x'],
  ['0x1', '0x01'],
  ['0x10', '0x10'],
  ['0x400', '0x0400'],
])('the quantity %s is %s in RLP', (quantity, bytes) => expect(rlpNumber(quantity)).toBe(bytes))
