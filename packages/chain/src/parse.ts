import { BaseError, type Hex, shorten } from '@breakwater/kernel'

/** JSON-RPC answers hold what their sender likes: each field is checked before it is believed to have a type. */
export type Fields = Readonly<Record<string, unknown>>

/** CHAIN_ANSWER_INVALID: a field of an answer is not what the Ethereum JSON-RPC specification says. */
export function invalidField(field: string, value: unknown, expected: string): BaseError {
  const text = shorten(JSON.stringify(value) ?? 'missing', 80)
  return new BaseError('CHAIN_ANSWER_INVALID', `answer's ${field} is ${text}, not ${expected}`, {
    meta: { field },
    hint: 'the provider is faulty, or does not speak Ethereum JSON-RPC',
    retry: 'later',
  })
}

export function parseFields(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidField(field, value, 'an object')
  }
  return value as Fields
}

export function parseList(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidField(field, value, 'a list')
  return value
}

const QUANTITY = /^0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/

/** A number of at most 256 bits, `0x` and no leading zeros, as lower-case hexadecimal. */
export function parseQuantityHex(value: unknown, field: string): Hex {
  if (typeof value !== 'string' || !QUANTITY.test(value)) throw invalidField(field, value, 'a quantity')
  return value.toLowerCase() as Hex
}

export function parseQuantity(value: unknown, field: string): bigint {
  return BigInt(parseQuantityHex(value, field))
}

const DATA = /^0x[0-9a-f]*$/

/** Bytes as lower-case hexadecimal; exactly `bytes` of them where given. */
export function parseData(value: unknown, field: string, bytes?: number): Hex {
  if (typeof value === 'string') {
    const hex = DATA.test(value) ? value : value.toLowerCase()
    if (DATA.test(hex) && (bytes === undefined ? hex.length % 2 === 0 : hex.length === 2 + 2 * bytes)) {
      return hex as Hex
    }
  }
  throw invalidField(field, value, bytes === undefined ? 'hexadecimal data' : `${bytes} bytes of data`)
}
