import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  absolute,
  add,
  compare,
  divide,
  floor,
  multiply,
  parseQuantity,
  type Quantity,
  quantity,
  quantityText,
  subtract,
  toNumber,
} from './quantity.ts'

const word = fc.bigInt({ min: -(2n ** 255n), max: 2n ** 256n - 1n })
const quantities: fc.Arbitrary<Quantity> = fc.oneof(
  word,
  fc
    .tuple(word, fc.bigInt({ min: 1n, max: 2n ** 200n }))
    .map(([n, d]) => quantity(n, d))
    .filter((q) => q !== undefined),
)
const cross = (a: Quantity, b: Quantity): [bigint, bigint] => {
  const [an, ad] = typeof a === 'bigint' ? [a, 1n] : [a.n, a.d]
  const [bn, bd] = typeof b === 'bigint' ? [b, 1n] : [b.n, b.d]
  return [an * bd, bn * ad]
}

describe('quantity', () => {
  it('keeps fractions in lowest terms with a positive denominator', () => {
    expect(quantity(6n, -4n)).toEqual({ n: -3n, d: 2n })
    expect(quantity(8n, 4n)).toBe(2n)
    expect(quantity(0n, -7n)).toBe(0n)
    expect(quantity(1n, 0n)).toBeUndefined()
  })

  it('adds, subtracts, multiplies and divides exactly', () => {
    fc.assert(
      fc.property(quantities, quantities, (a, b) => {
        const sum = add(a, b)
        const product = multiply(a, b)
        if (sum !== undefined) expect(subtract(sum, b)).toEqual(a)
        if (product !== undefined && compare(b, 0n) !== 0) expect(divide(product, b)).toEqual(a)
        expect(add(a, b)).toEqual(add(b, a))
      }),
    )
  })

  it('compares like cross multiplication', () => {
    fc.assert(
      fc.property(quantities, quantities, (a, b) => {
        const [left, right] = cross(a, b)
        expect(compare(a, b)).toBe(left < right ? -1 : left > right ? 1 : 0)
      }),
    )
  })

  it('rounds down towards minus infinity', () => {
    expect(floor({ n: 7n, d: 2n })).toBe(3n)
    expect(floor({ n: -7n, d: 2n })).toBe(-4n)
    expect(absolute({ n: -7n, d: 2n })).toEqual({ n: 7n, d: 2n })
  })

  it('is undefined beyond 1024 bits instead of growing without bound', () => {
    let q: Quantity | undefined = 2n ** 255n
    for (let i = 0; i < 5 && q !== undefined; i++) q = multiply(q, 2n ** 255n)
    expect(q).toBeUndefined()
    expect(divide(1n, 2n ** 1025n)).toBeUndefined()
  })

  it('prints and parses', () => {
    fc.assert(
      fc.property(quantities, (q) => {
        expect(parseQuantity(quantityText(q))).toEqual(q)
      }),
    )
    for (const text of ['', '1.5', '1/0', '0x1', '--1', '1/', '1/-2'])
      expect(parseQuantity(text)).toBeUndefined()
  })

  it('gives a float for pictures', () => {
    expect(toNumber({ n: 1n, d: 3n })).toBeCloseTo(0.333333, 6)
    expect(toNumber(12n)).toBe(12)
  })
})
