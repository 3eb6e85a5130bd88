import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  accountSchema,
  assetSchema,
  decimalQuantity,
  durationSchema,
  durationSeconds,
  hasChecksum,
  idSchema,
  nameSchema,
  priceSchema,
  shareQuantity,
  shareSchema,
  splitAccount,
} from './scalar.ts'

describe('texts of a specification', () => {
  it.each([
    ['30s', 30],
    ['10m', 600],
    ['1h', 3_600],
    ['30d', 2_592_000],
  ])('the duration %s has %i seconds', (text, seconds) => {
    expect(durationSchema.parse(text)).toBe(text)
    expect(durationSeconds(text)).toBe(seconds)
  })

  it.each([
    ['3%', { n: 3n, d: 100n }],
    ['0.5%', { n: 1n, d: 200n }],
    ['10bp', { n: 1n, d: 1000n }],
    ['100%', 1n],
  ])('the share %s is exact', (text, share) => {
    expect(shareSchema.parse(text)).toBe(text)
    expect(shareQuantity(text)).toEqual(share)
  })

  it.each([
    ['12', 12n],
    ['0.25', { n: 1n, d: 4n }],
    ['65000.10', { n: 650001n, d: 10n }],
  ])('the price %s is exact', (text, price) => {
    expect(priceSchema.parse(text)).toBe(text)
    expect(decimalQuantity(text)).toEqual(price)
  })

  it.each<[string, z.ZodType, unknown[]]>([
    ['duration', durationSchema, ['60', '0s', '1w', '31d', '-1h', '1.5h', '1h ', '9999999999s', 60]],
    ['share', shareSchema, ['3', '0%', '101%', '10001bp', '-1%', '3 %', '', 0.03]],
    ['price', priceSchema, ['-1', '1e5', '', '$5', true, '1'.repeat(40)]],
    ['name', nameSchema, ['', '1a', 'a-b', '_a', '__proto__', 'a'.repeat(65), 5]],
    ['id', idSchema, ['', '-a', 'a b', 'a.b', 'a'.repeat(97)]],
    ['asset', assetSchema, ['btc', 'B', '', 'BTC/USD']],
    [
      'account',
      accountSchema,
      ['0x', 'eip155:1:0x00', 'eip155:0:0x', `eip155:01:0x${'0'.repeat(40)}`, `solana:1:0x${'0'.repeat(40)}`],
    ],
  ])('a %s is refused with the form that it needs', (_name, schema, texts) => {
    for (const text of texts) {
      const { error } = schema.safeParse(text)
      expect(error?.issues[0]?.message, String(text)).toMatch(/^must be /)
    }
  })
})

describe('accounts', () => {
  // From EIP-55.
  const right = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
  it('are kept in lower case, so that two spellings are one', () => {
    const account = accountSchema.parse(`eip155:1:${right}`)
    expect(account).toBe(`eip155:1:${right.toLowerCase()}`)
    expect(splitAccount(account)).toEqual({ chainId: 1n, address: right.toLowerCase() })
    expect(accountSchema.parse(`eip155:1:${right.toLowerCase()}`)).toBe(account)
  })

  it('have the capital letters of their checksum, or none, or all', () => {
    expect(hasChecksum(right)).toBe(true)
    expect(hasChecksum(right.toLowerCase())).toBe(true)
    expect(hasChecksum(`0x${right.slice(2).toUpperCase()}`)).toBe(true)
    expect(hasChecksum(right.replace('aA', 'Aa'))).toBe(false)
    expect(accountSchema.safeParse(`eip155:1:${right.replace('aA', 'Aa')}`).success).toBe(false)
  })
})
