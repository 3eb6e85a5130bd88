import { describe, expect, test } from 'vitest'
import { parseData, parseFields, parseList, parseQuantity } from './parse.ts'

const invalid = (field: string) => expect.objectContaining({ code: 'CHAIN_ANSWER_INVALID', meta: { field } })

describe('parseQuantity', () => {
  test.each([
    ['0x0', 0n],
    ['0x1A', 26n],
    [`0x${'f'.repeat(64)}`, 2n ** 256n - 1n],
  ])('reads %s', (text, value) => expect(parseQuantity(text, 'n')).toBe(value))

  test.each([
    '',
    '0x',
    '0x00',
    '0x01',
    '1',
    1,

    null,
    undefined,
    '0xg',
    '-0x1',
    ' 0x1',
    `0x1${'0'.repeat(64)}`,
    [],
    '0x1\n',
  ])('refuses %j', (value) => expect(() => parseQuantity(value, 'n')).toThrow(invalid('n')))
})

describe('parseData', () => {
  test('reads bytes of either case, as lower case', () => {
    expect(parseData('0x', 'd')).toBe('0x')
    expect(parseData('0xABcd', 'd')).toBe('0xabcd')
    expect(parseData(`0x${'Ab'.repeat(20)}`, 'd', 20)).toBe(`0x${'ab'.repeat(20)}`)
  })

  test.each([['0x1'], ['0xzz'], ['ab'], [null], [['0x']], ['0xab\n']])('refuses %j', (value) =>
    expect(() => parseData(value, 'd')).toThrow(invalid('d')),
  )

  test('refuses another length than asked for', () => {
    expect(() => parseData('0xabcd', 'd', 3)).toThrow(invalid('d'))
  })

  test('shortens what it refuses', () => {
    expect(() => parseData('z'.repeat(10_000), 'd')).toThrow(/^.{0,260}$/s)
  })
})

test('parseFields and parseList tell objects from lists and everything else', () => {
  expect(parseFields({ a: 1 }, 'o')).toEqual({ a: 1 })
  expect(parseList([1], 'l')).toEqual([1])
  for (const value of [null, [], 'x', 1, undefined])
    expect(() => parseFields(value, 'o')).toThrow(invalid('o'))
  for (const value of [null, {}, 'x', 1, undefined]) expect(() => parseList(value, 'l')).toThrow(invalid('l'))
})
