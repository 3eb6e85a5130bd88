/**
 * The small texts of a specification: durations, shares, prices, names, addresses. Each is checked by its schema and
 * read by its function.
 * @module
 */

import { type Address, assert, compare, type Quantity, quantity, SEVERITIES } from '@breakwater/kernel'
import { isAddress } from 'viem/utils'
import { z } from 'zod'

/** The longest window and the longest brake: 30 days. */
export const MAX_DURATION_SECONDS = 30 * 86_400

export const UNIT_SECONDS: ReadonlyMap<string, bigint> = new Map([
  ['s', 1n],
  ['m', 60n],
  ['h', 3_600n],
  ['d', 86_400n],
])

/** Exact value of digits with or without a point: `12`, `0.005`. */
export function decimalQuantity(text: string): Quantity {
  const [whole = '', part = ''] = text.split('.')
  const value = quantity(BigInt(whole + part), 10n ** BigInt(part.length))
  assert(value !== undefined, `${text.length} digits are beyond the largest number`)
  return value
}

/** Seconds of `30s`, `10m`, `1h`, `7d`. */
export function durationSeconds(text: string): number {
  return Number(BigInt(text.slice(0, -1)) * (UNIT_SECONDS.get(text.slice(-1)) ?? 0n))
}

/** `3%` is 3/100, `10bp` is 1/1000. */
export function shareQuantity(text: string): Quantity {
  const [digits, scale] = text.endsWith('%') ? [text.slice(0, -1), 100n] : [text.slice(0, -2), 10_000n]
  const value = decimalQuantity(digits)
  const share = typeof value === 'bigint' ? quantity(value, scale) : quantity(value.n, value.d * scale)
  assert(share !== undefined, `${text} is beyond the largest number`)
  return share
}

const textual = (expected: string, pattern: RegExp) =>
  z.string({ error: `must be ${expected}` }).regex(pattern, { error: `must be ${expected}` })

/** A name that expressions can use. */
export const nameSchema = textual(
  'a name of letters, digits and _ that begins with a letter (at most 64)',
  /^[A-Za-z][A-Za-z0-9_]{0,63}$/,
)

/** What alerts and responses call a rule. */
export const idSchema = textual(
  'an id of letters, digits, - and _ that begins with a letter (at most 96)',
  /^[A-Za-z][A-Za-z0-9_-]{0,95}$/,
).describe('Unique name, in alerts and in the `when` of responses.')

export const assetSchema = textual('an asset such as BTC or ETH', /^[A-Z][A-Z0-9]{1,15}$/).describe(
  'Asset whose reference price each guardian reads from its own sources: BTC, ETH.',
)

const DURATION = /^[1-9]\d{0,8}[smhd]$/
export const durationSchema = textual('a duration such as 30s, 10m, 1h or 7d', DURATION).refine(
  (text) => !DURATION.test(text) || durationSeconds(text) <= MAX_DURATION_SECONDS,
  { error: 'must be at most 30d' },
)

const SHARE = /^\d{1,5}(\.\d{1,18})?(%|bp)$/
export const shareSchema = textual('a share such as 3% or 50bp', SHARE).refine(
  (text) =>
    !SHARE.test(text) || (compare(shareQuantity(text), 0n) > 0 && compare(shareQuantity(text), 1n) <= 0),
  { error: 'must be above 0% and at most 100%' },
)

/** A number, or its text; the text is what is kept. */
const numeral = (expected: string) =>
  z.union([z.string(), z.number()], { error: `must be ${expected}` }).transform(String)

const DECIMAL = /^\d{1,30}(\.\d{1,18})?$/
export const priceSchema = numeral('a price such as 65000 or 0.25').refine((text) => DECIMAL.test(text), {
  error: 'must be a price such as 65000 or 0.25',
})

/**
 * Fields and nothing else. The problem of an unknown field carries the known ones in its message, for who looks for
 * the one that was meant.
 */
export function mapping<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  })
}

/** One line of text for people. */
export const lineSchema = (maxLength: number) => z.string().min(1).max(maxLength)

export const decimalsSchema = z.int().min(0).max(36)

export const severitySchema = z.enum(SEVERITIES)

/** Parsed and checked later, with the names it can use. */
export const expressionSchema = numeral('an expression')

const ACCOUNT = /^eip155:[1-9]\d{0,15}:0x[0-9a-fA-F]{40}$/
/** CAIP-10; lower case in the document, so that two spellings of an address hash alike. */
export const accountSchema = textual('an account such as eip155:1:0x… with 40 hexadecimal digits', ACCOUNT)
  .refine((text) => !ACCOUNT.test(text) || hasChecksum(splitAccount(text).address), {
    error: 'must be an address whose capital letters agree with its checksum (EIP-55)',
  })
  .transform((text) => text.toLowerCase())

/** Whether an address is all lower case, all upper case or has the capital letters of EIP-55. */
export function hasChecksum(address: string): boolean {
  const digits = address.slice(2)
  return digits === digits.toLowerCase() || digits === digits.toUpperCase() || isAddress(address)
}

/** The parts of a CAIP-10 account of an EVM chain. */
export function splitAccount(account: string): { chainId: bigint; address: Address } {
  const [, chainId = '', address = ''] = account.split(':')
  return { chainId: BigInt(chainId), address: address as Address }
}
