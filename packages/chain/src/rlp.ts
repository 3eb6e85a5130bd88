import type { Hex } from '@breakwater/kernel'

/** What recursive-length prefix encoding writes: bytes, or a list of such. */
export type RlpItem = Hex | readonly RlpItem[]

/**
 * Recursive-length prefix encoding (Ethereum Yellow Paper, appendix B), as hexadecimal: what comes from JSON is
 * hexadecimal already, and is turned into bytes once, where it is hashed.
 */
export function encodeRlp(item: RlpItem): Hex {
  return `0x${rlp(item)}`
}

function rlp(item: RlpItem): string {
  if (typeof item === 'string') {
    const body = item.slice(2)
    const isItself = body.length === 2 && body < '80'
    return isItself ? body : prefix(0x80, body.length / 2) + body
  }
  let body = ''
  for (const part of item) body += rlp(part)
  return prefix(0xc0, body.length / 2) + body
}

function prefix(base: number, length: number): string {
  if (length <= 55) return byte(base + length)
  const digits = length.toString(16)
  const bytes = digits.length % 2 === 0 ? digits : `0${digits}`
  return byte(base + 55 + bytes.length / 2) + bytes
}

const byte = (value: number): string => value.toString(16).padStart(2, '0')

/** A number as RLP takes it: big-endian bytes without leading zeros, zero as none. */
export function rlpNumber(quantity: Hex): Hex {
  if (quantity === '0x0') return '0x'
  return quantity.length % 2 === 0 ? quantity : `0x0${quantity.slice(2)}`
}
