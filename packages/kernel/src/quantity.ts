/**
 * Exact numbers: integers, and fractions of integers in lowest terms. Nothing rounds unless asked to.
 *
 * Magnitudes are bounded so that no input can make a calculation arbitrarily expensive: numerator and denominator
 * stay below 2^1024 (a product of two 256-bit values over a product of two others needs 512). Beyond that, and for
 * a division by zero, the result is `undefined`, which a caller reports as unknown.
 * @module
 */

/** A fraction in lowest terms, `d` > 1. What is a whole number is a bigint. */
export interface Ratio {
  readonly n: bigint
  readonly d: bigint
}
export type Quantity = bigint | Ratio

const LIMIT = 1n << 1024n

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

const numerator = (q: Quantity): bigint => (typeof q === 'bigint' ? q : q.n)
const denominator = (q: Quantity): bigint => (typeof q === 'bigint' ? 1n : q.d)

function bounded(q: Quantity): Quantity | undefined {
  const n = numerator(q)
  return n < LIMIT && -n < LIMIT && denominator(q) < LIMIT ? q : undefined
}

/** n/d in lowest terms; `undefined` for d = 0 and beyond the bound. */
export function quantity(n: bigint, d: bigint): Quantity | undefined {
  if (d === 0n) return undefined
  const sign = d < 0n ? -1n : 1n
  const divisor = gcd(n, d * sign)
  const [num, den] = [(n * sign) / divisor, (d * sign) / divisor]
  return bounded(den === 1n ? num : { n: num, d: den })
}

export function add(a: Quantity, b: Quantity): Quantity | undefined {
  if (typeof a === 'bigint' && typeof b === 'bigint') return bounded(a + b)
  return quantity(
    numerator(a) * denominator(b) + numerator(b) * denominator(a),
    denominator(a) * denominator(b),
  )
}

export function subtract(a: Quantity, b: Quantity): Quantity | undefined {
  return add(a, negate(b))
}

export function multiply(a: Quantity, b: Quantity): Quantity | undefined {
  if (typeof a === 'bigint' && typeof b === 'bigint') return bounded(a * b)
  return quantity(numerator(a) * numerator(b), denominator(a) * denominator(b))
}

export function divide(a: Quantity, b: Quantity): Quantity | undefined {
  return quantity(numerator(a) * denominator(b), denominator(a) * numerator(b))
}

export function negate(q: Quantity): Quantity {
  return typeof q === 'bigint' ? -q : { n: -q.n, d: q.d }
}

export function absolute(q: Quantity): Quantity {
  return numerator(q) < 0n ? negate(q) : q
}

/** -1, 0 or 1 as `a` is below, equal to or above `b`. */
export function compare(a: Quantity, b: Quantity): -1 | 0 | 1 {
  const left = numerator(a) * denominator(b)
  const right = numerator(b) * denominator(a)
  return left < right ? -1 : left > right ? 1 : 0
}

/** The largest whole number not above `q`. */
export function floor(q: Quantity): bigint {
  if (typeof q === 'bigint') return q
  const whole = q.n / q.d
  return q.n < 0n ? whole - 1n : whole
}

/** For measures and pictures, never for decisions. */
export function toNumber(q: Quantity): number {
  if (typeof q === 'bigint') return Number(q)
  const scaled = (q.n * 10n ** 18n) / q.d
  return Number(scaled) / 1e18
}

/** `12`, `-3/7`: exact, for JSON. */
export function quantityText(q: Quantity): string {
  return typeof q === 'bigint' ? q.toString() : `${q.n}/${q.d}`
}

/** The inverse of `quantityText`; `undefined` for any other text. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = /^(-?\d+)(?:\/(\d+))?$/.exec(text)
  if (match?.[1] === undefined) return undefined
  return quantity(BigInt(match[1]), match[2] === undefined ? 1n : BigInt(match[2]))
}
