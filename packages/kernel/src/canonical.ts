import canonicalize from 'canonicalize'
import { assert } from './assert.ts'

/** What JSON can hold. Large integers travel as decimal strings. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** The JSON text that two parties always write alike (RFC 8785), for hashing and signing. */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value)
  assert(text !== undefined, 'the value has no JSON form')
  return text
}

/** JSON for people and programs: bigints become decimal strings, maps become objects. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_name, item: unknown) =>
      typeof item === 'bigint' ? item.toString() : item instanceof Map ? Object.fromEntries(item) : item,
    indent,
  )
}
