/**
 * Binary encoding for what guardians sign, store and send: one schema writes and reads.
 *
 * It is canonical (one value, one encoding), bounded (each variable part names its largest length), and refuses
 * everything else: short input, bytes left over, a length above its bound, a flag that is neither 0 nor 1.
 * Numbers are big-endian and of fixed width; lengths are 32 bits.
 * @module
 */

import { assert } from './assert.ts'
import { BaseError } from './error.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'

export interface Codec<T> {
  write(out: Writer, value: T): void
  read(input: Reader): T
}
/** What a codec writes and reads. */
export type Of<C> = C extends Codec<infer T> ? T : never

export class Writer {
  #bytes = new Uint8Array(256)
  #length = 0

  /** Room for `count` more bytes: where to write them. */
  take(count: number): Uint8Array {
    const end = this.#length + count
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    const room = this.#bytes.subarray(this.#length, end)
    this.#length = end
    return room
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }
}

export class Reader {
  readonly #bytes: Uint8Array
  #at = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) {
      throw decodeError(`ends at byte ${this.#bytes.length}, where ${this.#at + count} are needed`)
    }
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }
}

function decodeError(reason: string): BaseError {
  return new BaseError('KERNEL_DECODE', `encoded value ${reason}`, {
    hint: 'the sender runs another version, or the data was damaged',
  })
}

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const out = new Writer()
  codec.write(out, value)
  return out.done()
}

/** @throws KERNEL_DECODE when `bytes` is not exactly one value of `codec`. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const input = new Reader(bytes)
  const value = codec.read(input)
  if (input.left !== 0) throw decodeError(`has ${input.left} bytes left over`)
  return value
}

function unsigned(bytes: number): Codec<bigint> {
  const limit = 1n << BigInt(8 * bytes)
  return {
    write(out, value) {
      assert(value >= 0n && value < limit, `${value} does not fit into ${8 * bytes} bits`)
      out.take(bytes).set(hexToBytes(`0x${value.toString(16).padStart(2 * bytes, '0')}`))
    },
    read: (input) => BigInt(bytesToHex(input.take(bytes))),
  }
}

function small(bytes: 1 | 4): Codec<number> {
  const limit = 2 ** (8 * bytes)
  return {
    write(out, value) {
      assert(Number.isInteger(value) && value >= 0 && value < limit, `${value} is no uint${8 * bytes}`)
      const room = out.take(bytes)
      for (let i = 0; i < bytes; i++) room[i] = Math.floor(value / 2 ** (8 * (bytes - 1 - i))) % 256
    },
    read(input) {
      let value = 0
      for (const byte of input.take(bytes)) value = value * 256 + byte
      return value
    },
  }
}

export const u8 = small(1)
export const u32 = small(4)
export const u64 = unsigned(8)
export const u256 = unsigned(32)

export const bool: Codec<boolean> = {
  write: (out, value) => u8.write(out, value ? 1 : 0),
  read(input) {
    const byte = u8.read(input)
    if (byte > 1) throw decodeError(`has ${byte} where a flag is 0 or 1`)
    return byte === 1
  },
}

/** Exactly `count` bytes, as hexadecimal: hashes, addresses, signatures. */
export function fixed(count: number): Codec<Hex> {
  return {
    write(out, value) {
      const bytes = hexToBytes(value)
      assert(bytes.length === count, `${bytes.length} bytes where ${count} belong`)
      out.take(count).set(bytes)
    },
    read: (input) => bytesToHex(input.take(count)),
  }
}

function readLength(input: Reader, max: number, what: string): number {
  const length = u32.read(input)
  if (length > max) throw decodeError(`has ${length} ${what}, at most ${max} are allowed`)
  return length
}

export function blob(maxBytes: number): Codec<Uint8Array> {
  return {
    write(out, value) {
      assert(value.length <= maxBytes, `${value.length} bytes, at most ${maxBytes} are allowed`)
      u32.write(out, value.length)
      out.take(value.length).set(value)
    },
    read: (input) => input.take(readLength(input, maxBytes, 'bytes')).slice(),
  }
}

export function text(maxBytes: number): Codec<string> {
  const bytes = blob(maxBytes)
  return {
    write: (out, value) => bytes.write(out, new TextEncoder().encode(value)),
    read(input) {
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.read(input))
      } catch (error) {
        if (error instanceof BaseError) throw error
        throw decodeError('has text that is not UTF-8')
      }
    },
  }
}

export function list<T>(item: Codec<T>, maxItems: number): Codec<readonly T[]> {
  return {
    write(out, values) {
      assert(values.length <= maxItems, `${values.length} items, at most ${maxItems} are allowed`)
      u32.write(out, values.length)
      for (const value of values) item.write(out, value)
    },
    read(input) {
      const length = readLength(input, maxItems, 'items')
      const values: T[] = []
      for (let i = 0; i < length; i++) values.push(item.read(input))
      return values
    },
  }
}

export function optional<T>(item: Codec<T>): Codec<T | null> {
  return {
    write(out, value) {
      bool.write(out, value !== null)
      if (value !== null) item.write(out, value)
    },
    read: (input) => (bool.read(input) ? item.read(input) : null),
  }
}

export function struct<T extends object>(fields: { [K in keyof T]: Codec<T[K]> }): Codec<T> {
  const entries = Object.entries(fields) as [keyof T, Codec<T[keyof T]>][]
  return {
    write(out, value) {
      for (const [name, codec] of entries) codec.write(out, value[name])
    },
    read(input) {
      const value: Partial<T> = {}
      for (const [name, codec] of entries) value[name] = codec.read(input)
      return value as T
    },
  }
}

/** One of several shapes, told apart by `kind`. The order of `variants` is part of the encoding. */
export function union<V extends Record<string, object>>(
  variants: {
    [K in keyof V]: Codec<V[K]>
  },
): Codec<Tagged<V>> {
  const entries = Object.entries(variants) as [string, Codec<object>][]
  return {
    write(out, value) {
      const index = entries.findIndex(([kind]) => kind === value.kind)
      const entry = entries[index]
      assert(entry !== undefined, `there is no variant "${value.kind}"`)
      u8.write(out, index)
      entry[1].write(out, value)
    },
    read(input) {
      const index = u8.read(input)
      const entry = entries[index]
      if (entry === undefined) throw decodeError(`has the unknown variant ${index}`)
      return { kind: entry[0], ...entry[1].read(input) } as Tagged<V>
    },
  }
}

/** A union of the shapes in `V`, each with its name as `kind`. */
export type Tagged<V extends Record<string, object>> = {
  [K in keyof V & string]: { kind: K } & V[K]
}[keyof V & string]
