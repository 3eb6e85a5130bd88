import { type Facts, type Hex, type Known, keccakText, known, unknown } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFacts, encodeFacts } from './facts.ts'

const hash = fc.nat().map((n) => keccakText(`${n}`))
const bytes = fc.uint8Array({ maxLength: 40 }).map((data): Hex => `0x${Buffer.from(data).toString('hex')}`)
const int256 = fc.bigInt(-(2n ** 255n), 2n ** 256n - 1n)
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Known<T>> =>
  fc.oneof(
    value.map(known),
    fc
      .constantFrom('reverted', 'unsupported', 'pruned', 'orphaned', 'warming', 'blind', 'undefined')
      .map(unknown),
  )
const entries = <T>(value: fc.Arbitrary<T>) =>
  fc
    .array(fc.tuple(fc.string({ maxLength: 12 }), maybe(value)), { maxLength: 4 })
    .map((list) => new Map(list))
const tx = fc.record({
  hash,
  index: fc.nat(1000),
  status: fc.constantFrom('ok' as const, 'reverted' as const),
  logs: fc.array(fc.record({ address: bytes, topics: fc.array(hash, { maxLength: 4 }), data: bytes }), {
    maxLength: 3,
  }),
})
const facts: fc.Arbitrary<Facts> = fc.record({
  block: fc.record({
    number: fc.bigInt(0n, 2n ** 64n - 1n),
    hash,
    parentHash: hash,
    timestampSeconds: fc.bigInt(0n, 2n ** 62n),
  }),
  txs: fc.array(tx, { maxLength: 3 }),
  calls: entries(int256),
  observed: fc.record({
    atMs: fc.nat(),
    refs: entries(fc.record({ priceE8: fc.bigInt(1n, 10n ** 30n), sources: fc.nat(9), atMs: fc.nat() })),
  }),
})

describe('stored facts', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(facts, (value) => {
        expect(decodeFacts(encodeFacts(value))).toEqual(value)
      }),
    )
  })

  it('that are torn or something else are an error that says what to do', () => {
    const example = encodeFacts(fc.sample(facts, { numRuns: 1, seed: 7 })[0] as Facts)
    for (const text of ['', '{}', 'null', '[]', '{"block":{}}', example.slice(0, -1), example.slice(0, 40)]) {
      expect(() => decodeFacts(text)).toThrow(expect.objectContaining({ code: 'NODE_STORE_DAMAGED' }))
    }
  })
})
