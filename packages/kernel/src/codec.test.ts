import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  blob,
  bool,
  type Codec,
  decode,
  encode,
  fixed,
  list,
  optional,
  struct,
  text,
  u8,
  u32,
  u64,
  u256,
  union,
} from './codec.ts'
import { type Hex, hexToBytes } from './hex.ts'

const shape = struct({
  id: u8,
  count: u32,
  at: u64,
  amount: u256,
  yes: bool,
  hash: fixed(32),
  note: text(40),
  body: blob(16),
  items: list(u64, 4),
  maybe: optional(fixed(2)),
  either: union({ plain: struct({ a: u8 }), named: struct({ name: text(8) }) }),
})

const hexOf = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((b) => `0x${Buffer.from(b).toString('hex')}` as Hex)

const values = fc.record({
  id: fc.integer({ min: 0, max: 255 }),
  count: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  at: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  amount: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  yes: fc.boolean(),
  hash: hexOf(32),
  note: fc.string({ unit: 'grapheme', maxLength: 5 }).filter((s) => Buffer.byteLength(s) <= 40),
  body: fc.uint8Array({ maxLength: 16 }),
  items: fc.array(fc.bigInt({ min: 0n, max: 9n }), { maxLength: 4 }),
  maybe: fc.option(hexOf(2)),
  either: fc.oneof(
    fc.record({ kind: fc.constant('plain' as const), a: fc.integer({ min: 0, max: 255 }) }),
    fc.record({
      kind: fc.constant('named' as const),
      name: fc.string({ maxLength: 8, unit: 'grapheme-ascii' }),
    }),
  ),
})

describe('codec', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(shape, encode(shape, value))).toEqual(value)
      }),
    )
  })

  it('reads what it wrote, however long', () => {
    const long = struct({ parts: list(blob(700), 5), after: u64 })
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700, size: 'max' }), { maxLength: 5 }), (parts) => {
        const value = { parts, after: 2n ** 64n - 1n }
        const bytes = encode(long, value)
        expect(bytes).toHaveLength(12 + parts.reduce((sum, part) => sum + 4 + part.length, 0))
        expect(decode(long, bytes)).toEqual(value)
      }),
    )
  })

  it('encodes within an encoding, and after one that failed', () => {
    const nested: Codec<number> = {
      write: (out, value) => blob(9).write(out, encode(u32, value)),
      read: (input) => decode(u32, blob(9).read(input)),
    }
    const pair = list(nested, 2)
    expect(() => encode(list(u8, 2), [7, 256])).toThrow(/assertion failed/)
    expect(decode(pair, encode(pair, [1, 2 ** 32 - 1]))).toEqual([1, 2 ** 32 - 1])
  })

  it('writes numbers most significant byte first', () => {
    expect(
      encode(struct({ a: u8, b: u32, c: u64 }), { a: 1, b: 0x02030405, c: 0x060708090a0b0c0dn }),
    ).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13))
    expect(decode(u256, new Uint8Array(32).fill(0xff))).toBe(2n ** 256n - 1n)
  })

  it('is canonical: bytes that decode at all encode to themselves', () => {
    const small = struct({ yes: bool, items: list(u8, 3), maybe: optional(u8), word: text(3) })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const value = attempt(small, bytes)
        if (value !== undefined) expect(encode(small, value)).toEqual(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses every truncation and every extension', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const bytes = encode(shape, value)
        expect(() => decode(shape, bytes.subarray(0, cut % bytes.length))).toThrow(/encoded value/)
        expect(() => decode(shape, new Uint8Array([...bytes, 0]))).toThrow(/1 bytes left over/)
      }),
    )
  })

  it.each([
    ['a length above its bound', list(u8, 3), '0x00000004', /4 items, at most 3/],
    ['a flag that is neither 0 nor 1', bool, '0x02', /flag is 0 or 1/],
    ['an unknown variant', union({ a: struct({}) }), '0x07', /unknown variant 7/],
    ['text that is not UTF-8', text(9), '0x00000001ff', /not UTF-8/],
    ['a length far beyond the input', blob(2 ** 31), '0x7fffffff', /are needed/],
  ] as [string, Codec<unknown>, Hex, RegExp][])('refuses %s', (_what, codec, hex, reason) => {
    expect(() => decode(codec, hexToBytes(hex))).toThrow(reason)
  })

  it('treats what a programmer passes wrongly as an assertion', () => {
    expect(() => encode(u64, -1n)).toThrow(/assertion failed/)
    expect(() => encode(fixed(2), '0x01')).toThrow(/assertion failed/)
    expect(() => encode(list(u8, 1), [1, 2])).toThrow(/assertion failed/)
  })
})

function attempt<T>(codec: Codec<T>, bytes: Uint8Array): T | undefined {
  try {
    return decode(codec, bytes)
  } catch (error) {
    expect(error).toMatchObject({ code: 'KERNEL_DECODE' })
    return undefined
  }
}
