import { describe, expect, it } from 'vitest'
import { assert, defined, unreachable } from './assert.ts'
import { canonicalJson, toJson } from './canonical.ts'
import { BaseError, isRetryable, messageOf } from './error.ts'
import { hexToBytes, isHex, shorten, toWord } from './hex.ts'

describe('error', () => {
  const error = new BaseError('CHAIN_WRONG_ID', 'chain id is 1, the specification says 5', {
    meta: { chainId: 1n, expected: 5 },
    hint: 'point rpc at the right chain',
    retry: 'later',
    cause: new Error('inner'),
  })

  it('carries the hint in its message and everything in its JSON', () => {
    expect(error.message).toContain('hint: point rpc')
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'CHAIN_WRONG_ID',
      message: 'chain id is 1, the specification says 5',
      hint: 'point rpc at the right chain',
      retry: 'later',
      meta: { chainId: '1', expected: 5 },
      cause: 'inner',
    })
  })

  it('is found in a chain of causes', () => {
    const outer = new BaseError('NODE_START', 'cannot start', { cause: error })
    expect(outer.walk((e) => e instanceof BaseError && e.code === 'CHAIN_WRONG_ID')).toBe(error)
    expect(outer.walk(() => false)).toBeUndefined()
  })

  it('assumes that what it did not throw itself never heals', () => {
    expect(isRetryable(error)).toBe(true)
    expect(isRetryable(new Error('x'))).toBe(false)
    expect(messageOf('text')).toBe('text')
  })

  it('asserts', () => {
    expect(() => assert(false, 'one')).toThrow('assertion failed: one')
    expect(() => defined(null, 'two')).toThrow('two is missing')
    expect(defined(0, 'three')).toBe(0)
    expect(() => unreachable('x' as never)).toThrow('unexpected x')
  })
})

describe('hex and json', () => {
  it('knows hexadecimal of a length', () => {
    expect([isHex('0xaB', 1), isHex('0xab', 2), isHex('0xa'), isHex('ab'), isHex(1)]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
    expect(() => hexToBytes('0xabc')).toThrow(/not hexadecimal/)
    expect(toWord(-1n)).toBe(`0x${'f'.repeat(64)}`)
    expect(shorten('x'.repeat(100), 3)).toBe('xxx… (100 characters)')
  })

  it('writes the example of RFC 8785, section 3.2.3, in its order', () => {
    const value = { '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '1': 'One', '\u0080': 'Control' }
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u20ac":"Euro Sign"}',
    )
  })

  it('writes bigints as decimal strings and maps as objects', () => {
    expect(toJson({ a: 1n, b: new Map([['x', 2n]]) })).toBe('{"a":"1","b":{"x":"2"}}')
  })
})
