import { bytesToHex, type Hex } from '@breakwater/kernel'
import fc from 'fast-check'
import { encodeAbiParameters, toFunctionSelector } from 'viem'
import { describe, expect, it } from 'vitest'
import { addressOf, boolOf, decimalsOf, intOf, textOf, view, wordOf } from './view.ts'

const text = (value: string) => encodeAbiParameters([{ type: 'string' }], [value])
const word = (value: bigint) => encodeAbiParameters([{ type: 'uint256' }], [value])

describe('answers of contracts', () => {
  it('are read as what they should be', () => {
    expect(textOf(text('Test Dollar'))).toBe('Test Dollar')
    expect(textOf(`0x4d4b52${'00'.repeat(29)}`)).toBe('MKR')
    expect(wordOf(word(7n))).toBe(7n)
    expect(intOf(encodeAbiParameters([{ type: 'int256' }, { type: 'int256' }], [1n, -2n]), 1)).toBe(-2n)
    expect(addressOf(word(0xabn))).toBe(`0x${'ab'.padStart(40, '0')}`)
    expect([boolOf(word(0n)), boolOf(word(1n))]).toEqual([false, true])
    expect(decimalsOf(word(18n))).toBe(18)
  })

  it('are none where they have another form', () => {
    expect([boolOf(word(2n)), addressOf(word(1n << 160n)), decimalsOf(word(37n)), textOf(word(0n))]).toEqual([
      ...[null, null, null, null],
    ])
    for (const read of [textOf, wordOf, intOf, addressOf, boolOf, decimalsOf]) {
      expect(read(null)).toBeNull()
      expect(read('0x')).toBeNull()
    }
  })

  it('are printable and short, whatever a contract calls itself', () => {
    expect(textOf(text('Gold\nresponses: []\r\u2028# \u202eevil'))).toBe('Gold?responses: []??# ?evil')
    expect(textOf(text('x'.repeat(900)))).toHaveLength(60)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(textOf(text(name)) ?? '').toMatch(/^[\x20-\x7e]{0,60}$/)
      }),
    )
  })

  it('never make a reader fail', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const answer = bytesToHex(bytes)
        for (const read of [textOf, wordOf, intOf, addressOf, boolOf, decimalsOf]) read(answer)
      }),
    )
  })
})

describe('view', () => {
  it('calls by selector with one word an argument', () => {
    const to: Hex = `0x${'22'.repeat(20)}`
    const { data } = view(to, 'balanceOf(address)', BigInt(to))
    expect(data).toBe(`${toFunctionSelector('balanceOf(address)')}${'00'.repeat(12)}${'22'.repeat(20)}`)
  })
})
