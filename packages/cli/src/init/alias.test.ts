import { loadSpec } from '@breakwater/spec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNames, identifier } from './alias.ts'

describe('identifier', () => {
  it.each([
    ['USDC', 'usdc'],
    ['tUSD', 'tUSD'],
    ['BTC / USD', 'btcUsd'],
    ['Curve.fi DAI/USDC', 'curveFiDaiUsdc'],
    ['USD₮0', 'usd0'],
    ['1INCH', 'inch'],
    ['$', ''],
    ['A'.repeat(70), 'a'.repeat(40)],
  ])('makes a name of %j', (text, name) => {
    expect(identifier(text)).toBe(name)
  })
})

describe('names', () => {
  it('avoids the words of the language and of YAML, and names that are taken', () => {
    const { claim } = createNames()
    expect(claim('S', 'token')).toBe('sToken')
    expect(claim('Min', 'token')).toBe('minToken')
    expect(claim('NULL', 'token')).toBe('nullToken')
    expect(claim('', 'vault')).toBe('vault')
    expect(claim('', 'vault')).toBe('vault2')
    expect(claim('USDC', 'token')).toBe('usdc')
    expect(claim('usdc', 'token')).toBe('usdc2')
  })

  it('gives names that a specification takes, each once, whatever contracts call themselves', () => {
    const words = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom('s', 'M', 'true', 'of', 'block', 'sum', 'null', 'bp', 'yes', '~', '-', '0x1', 'usdc2'),
    )
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 12 }), (texts) => {
        const { claim } = createNames()
        const names = texts.map((text) => claim(text, 'token'))
        const entries = names.map((name, i) => {
          const address = `0x${(i + 1).toString(16).padStart(40, '0')}`
          return `  ${name}: { address: "eip155:1:${address}", abi: erc20 }`
        })
        const head = 'version: 1\nprotocol: { name: x }\nnetworks: [{ slug: x, chainId: 1 }]\ncontracts:\n'
        expect([...loadSpec(head + entries.join('\n')).contracts.keys()]).toEqual(names)
      }),
      { numRuns: 60 },
    )
  })
})
