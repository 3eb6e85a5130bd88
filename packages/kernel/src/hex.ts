import { keccak_256 } from '@noble/hashes/sha3.js'
import { hexToBytes as nobleHexToBytes } from '@noble/hashes/utils.js'
import { BaseError } from './error.ts'

/** Lower-case hexadecimal with `0x`. An address is 20 bytes, a hash 32. */
export type Hex = `0x${string}`
export type Address = Hex

export const ZERO_HASH: Hex = `0x${'0'.repeat(64)}`

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const [ZERO, X] = [0x30, 0x78]
const ascii = new TextDecoder()
/** Holds the text of short values while it is made: a new array for each would take longer than all the rest. */
const scratch = new Uint8Array(512)

/** Made in one piece: a string that grows by appending stays a tree of its pieces in V8, with twelve times the memory. */
export function bytesToHex(bytes: Uint8Array): Hex {
  const length = 2 + 2 * bytes.length
  const text = length <= scratch.length ? scratch : new Uint8Array(length)
  text[0] = ZERO
  text[1] = X
  let at = 2
  for (const byte of bytes) {
    text[at++] = DIGITS[byte >> 4] ?? ZERO
    text[at++] = DIGITS[byte & 15] ?? ZERO
  }
  return ascii.decode(text.subarray(0, length)) as Hex
}

/** @throws KERNEL_HEX when `hex` has an odd length or a character outside 0-9a-f. */
export function hexToBytes(hex: Hex): Uint8Array {
  try {
    return nobleHexToBytes(hex.slice(2))
  } catch (cause) {
    throw new BaseError('KERNEL_HEX', `"${shorten(hex)}" is not hexadecimal`, {
      hint: 'write 0x and an even number of digits 0-9a-f',
      cause,
    })
  }
}

/** Whether `value` is `0x` and exactly `bytes` bytes, in either case. */
export function isHex(value: unknown, bytes?: number): value is Hex {
  if (typeof value !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(value)) return false
  return bytes === undefined || value.length === 2 + 2 * bytes
}

export function keccak(data: Uint8Array | Hex): Hex {
  return bytesToHex(keccak_256(typeof data === 'string' ? hexToBytes(data) : data))
}

export function keccakText(text: string): Hex {
  return bytesToHex(keccak_256(new TextEncoder().encode(text)))
}

/** A 256-bit big-endian word; negative numbers in two's complement. */
export function toWord(value: bigint): Hex {
  return `0x${BigInt.asUintN(256, value).toString(16).padStart(64, '0')}`
}

export function concatHex(parts: readonly Hex[]): Hex {
  return `0x${parts.map((part) => part.slice(2)).join('')}`
}

/** The beginning of a long value, for messages. */
export function shorten(text: string, length = 66): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`
}
