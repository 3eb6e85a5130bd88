import { BaseError } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimalQuantity } from '../scalar.ts'
import { parse } from './parser.ts'
import { print } from './print.ts'
import type { Node } from './syntax.ts'

const printed = (text: string) => print(parse(text).node)

describe('parse', () => {
  it.each([
    ['1 + 2 * 3', '1 + (2 * 3)'],
    ['1 - 2 - 3', '(1 - 2) - 3'],
    ['8 / 4 / 2', '(8 / 4) / 2'],
    ['-2^2', '-(2^2)'],
    ['2^3^2', '2^(3^2)'],
    ['5% of a - b', '(5% of a) - b'],
    ['a + 50bp of b', 'a + (50bp of b)'],
    ['a < b + c and d or e', '((a < (b + c)) && d) || e'],
    ['a AND b OR NOT c', '(a && b) || (!c)'],
    ['not a == b', '!(a == b)'],
    ['!a == b', '(!a) == b'],
    ['not not a', '!(!a)'],
    ['a ? b : c ? d : e', 'a ? b : (c ? d : e)'],
    ['(a)', 'a'],
    ['f(a, b).c.1.0', 'f(a, b).c.1.0'],
    ['1_000 usdc', '1000 usdc'],
    ['1000usdc', '1000 usdc'],
    ['30s', '30s'],
    ['30 s', '30s'],
    [`f("it's")`, `f("it's")`],
    [' \n\ta ', 'a'],
  ])('reads %s as %s', (text, expected) => {
    expect(printed(text)).toBe(expected)
  })

  it.each([
    ['', 0, 'a value is missing before the end'],
    ['a +', 3, 'a value is missing before the end'],
    ['a b', 2, '"b" has no meaning here'],
    ['(a', 2, '")" is missing before the end'],
    ['f(a b)', 4, '"," is missing before "b"'],
    ['f(a,', 4, 'a value is missing before the end'],
    ['a ? b', 5, '":" is missing before the end'],
    ['a < b < c', 6, 'comparisons cannot be chained'],
    ['a = b', 2, '"=" has no meaning here'],
    ['a & b', 2, '"&" has no meaning here'],
    ["f('a)", 2, '"\'" has no meaning here'],
    ['a.', 2, 'a name or an index must follow "."'],
    ['a § b', 2, '"§" has no meaning here'],
    ['and b', 0, 'a value is missing before "and"'],
    ['5 of', 4, 'a value is missing before the end'],
  ])('refuses %s at %i: %s', (text, at, message) => {
    expect(failure(text)).toMatchObject({ code: 'SPEC_SYNTAX', meta: { at }, shortMessage: message })
  })

  it.each([
    ['(', 3_000],
    ['-', 3_000],
    ['!', 3_000],
    ['not ', 1_000],
    ['2^', 1_500],
    ['f(', 1_500],
    ['a ? a : ', 500],
    ['1 + ', 1_000],
    ['a.', 1_500],
    ['9', 4_000],
    [' ', 5_000],
  ])('refuses "%s" times %i by its cost', (part, times) => {
    expect(failure(`${part.repeat(times)}1`)).toMatchObject({ code: 'SPEC_COST' })
  })

  it('fails with a position for whatever text, and in no other way', () => {
    const pieces = fc.constantFrom(
      ...'( ) , . ? : + - * / ^ ! < >= == && and or not of % a f 1 0x 5% 1h " \''.split(' '),
    )
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(texts, fc.constantFrom('plain' as const, 'dashed' as const), (text, words) => {
        try {
          parse(text, words)
        } catch (error) {
          expect(error).toBeInstanceOf(BaseError)
          expect(['SPEC_SYNTAX', 'SPEC_COST']).toContain((error as BaseError).code)
          const at = Number((error as BaseError).meta.at)
          expect(at >= 0 && at <= text.length).toBe(true)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('keeps words with dashes whole where nothing is subtracted', () => {
    expect(print(parse('detector == net-outflow', 'dashed').node)).toBe('detector == net-outflow')
    expect(printed('net-outflow')).toBe('net - outflow')
  })
})

describe('print', () => {
  it('gives a text that parses to the same tree', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(withoutPlaces(parse(print(tree)).node)).toEqual(withoutPlaces(tree))
      }),
      { numRuns: 500 },
    )
  })
})

function failure(text: string): unknown {
  try {
    parse(text)
  } catch (error) {
    return error
  }
  return undefined
}

const withoutPlaces = (node: Node): unknown =>
  JSON.parse(
    JSON.stringify(node, (key, value) => (key === 'at' ? 0 : typeof value === 'bigint' ? `${value}` : value)),
  )

const words = fc.constantFrom('a', 'tvl', 'vault', 'x_1', 'severityOf')
const digits = fc.oneof(
  fc.nat().map(String),
  fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `${a}.${b}`),
)
const leaves: fc.Arbitrary<Node> = fc.oneof(
  fc
    .tuple(digits, fc.constantFrom(null, '%', 'bp', 's', 'm', 'h', 'd', 'usdc'))
    .map(
      ([text, unit]): Node => ({ kind: 'number', at: 0, digits: text, value: decimalQuantity(text), unit }),
    ),
  words.map((name): Node => ({ kind: 'name', at: 0, name })),
  fc.constantFrom("it's", 'a "b"', '', 'BTC').map((value): Node => ({ kind: 'text', at: 0, value })),
  fc.constantFrom('00', 'ab12').map((text): Node => ({ kind: 'hex', at: 0, digits: text })),
)
const { tree: trees } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaves,
    fc
      .tuple(fc.constantFrom('-', '!'), tie('tree'))
      .map(([op, of]): Node => ({ kind: 'unary', at: 0, op: op as '-', of })),
    fc
      .tuple(fc.constantFrom('+', '-', '*', '/', 'of', '^', '==', '<=', '&&', '||'), tie('tree'), tie('tree'))
      .map(([op, left, right]): Node => ({ kind: 'binary', at: 0, op: op as '+', left, right })),
    fc
      .tuple(tie('tree'), tie('tree'), tie('tree'))
      .map(([test, yes, no]): Node => ({ kind: 'choose', at: 0, test, yes, no })),
    fc
      .tuple(tie('tree'), fc.oneof(words, fc.nat({ max: 9 }).map(String)))
      .map(([of, name]): Node => ({ kind: 'member', at: 0, of, name })),
    fc
      .tuple(tie('tree'), fc.array(tie('tree'), { maxLength: 3 }))
      .map(([callee, args]): Node => ({ kind: 'invoke', at: 0, callee, args })),
  ),
}))
