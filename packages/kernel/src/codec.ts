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

  #grow(count: number): number {
    const start = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    return start
  }

  put(bytes: Uint8Array): void {
    const start = this.#grow(bytes.length)
    this.#bytes.set(bytes, start)
  }

  /** `value` fits into `count` bytes, at most four. */
  putNumber(value: number, count: number): void {
    const start = this.#grow(count)
    for (let i = count - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) {
      this.#bytes[start + i] = rest % 256
    }
  }

  clear(): void {
    this.#length = 0
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

  #pass(count: number): number {
    const start = this.#at
    if (start + count > this.#bytes.length) {
      throw decodeError(`ends at byte ${this.#bytes.length}, where ${start + count} are needed`)
    }
    this.#at += count
    return start
  }

  take(count: number): Uint8Array {
    const start = this.#pass(count)
    return this.#bytes.subarray(start, start + count)
  }

  takeNumber(count: number): number {
    const start = this.#pass(count)
    let value = 0
    for (let i = start; i < start + count; i++) value = value * 256 + (this.#bytes[i] ?? 0)
    return value
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

/** One writer serves all values, one after the other; a codec that encodes while it writes gets another. */
let idle: Writer | null = null

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const out = idle ?? new Writer()
  idle = null
  out.clear()
  codec.write(out, value)
  idle = out
  return out.done()
}

/** @throws KERNEL_DECODE when `bytes` is not exactly one value of `codec`. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const input = new Reader(bytes)
  const value = codec.read(input)
  if (input.left !== 0) throw decodeError(`has ${input.left} bytes left over`)
  return value
}

function small(bytes: 1 | 4): Codec<number> {
  const limit = 2 ** (8 * bytes)
  return {
    write(out, value) {
      assert(Number.isInteger(value) && value >= 0 && value < limit, `${value} is no uint${8 * bytes}`)
      out.putNumber(value, bytes)
    },
    read: (input) => input.takeNumber(bytes),
  }
}

export const u8 = small(1)
export const u32 = small(4)

/** Unsigned integers of several 32-bit words. */
function large(words: number): Codec<bigint> {
  return {
    write(out, value) {
      assert(
        value >= 0n && value >> BigInt(32 * words) === 0n,
        `${value} does not fit into ${32 * words} bits`,
      )
      for (let i = words - 1; i >= 0; i--) out.putNumber(Number((value >> BigInt(32 * i)) & 0xffffffffn), 4)
    },
    read(input) {
      let value = 0n
      for (let i = 0; i < words; i++) value = (value << 32n) | BigInt(input.takeNumber(4))
      return value
    },
  }
}

export const u64 = large(2)
export const u256 = large(8)

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
      out.put(bytes)
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
      out.put(value)
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
