import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, concatHex, hexToBytes, isHex, keccak, keccakText, shorten, toWord } from './hex.ts'

describe('hexadecimal', () => {
  it('is two lower-case digits a byte, and the way back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600, size: 'max' }), (bytes) => {
        const hex = bytesToHex(bytes)
        expect(hex).toBe(`0x${Buffer.from(bytes).toString('hex')}`)
        expect(hexToBytes(hex)).toEqual(bytes)
        expect(isHex(hex, bytes.length)).toBe(true)
      }),
    )
    expect(bytesToHex(new Uint8Array(0))).toBe('0x')
    expect(bytesToHex(Uint8Array.of(0, 1, 2, 3).subarray(1, 3))).toBe('0x0102')
  })

  it.each([['0x1'], ['0xzz'], ['0x 1']] as const)('refuses %s, saying so', (text) => {
    expect(() => hexToBytes(text)).toThrow(expect.objectContaining({ code: 'KERNEL_HEX' }))
    expect(() => hexToBytes(text)).toThrow(`"${text}" is not hexadecimal`)
    expect(isHex(text)).toBe(false)
  })

  it('is told from what is none: no prefix, another length, no text', () => {
    expect([isHex('0a'), isHex('0x0a', 2), isHex(10), isHex('0xAB', 1)]).toEqual([false, false, false, true])
  })

  it('has words of 32 bytes, negative numbers in two’s complement', () => {
    expect(toWord(10n)).toBe(`0x${'0'.repeat(63)}a`)
    expect(toWord(-1n)).toBe(`0x${'f'.repeat(64)}`)
    expect(concatHex(['0x', '0x0a', '0xbc'])).toBe('0x0abc')
  })
})

describe('keccak256', () => {
  // The published hashes of nothing and of "abc".
  it('is the original one, before SHA-3 changed the padding', () => {
    expect(keccak('0x')).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
    expect(keccakText('abc')).toBe('0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
    expect(keccak(new TextEncoder().encode('abc'))).toBe(keccakText('abc'))
  })
})

it('a long value is shortened for messages, and says how long it was', () => {
  expect(shorten('abcdef', 3)).toBe('abc… (6 characters)')
  expect(shorten('abc', 3)).toBe('abc')
})
