import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problemsOf } from '../../test/sample.ts'
import { divideTypes, multiplyTypes, type Type, unify } from './unit.ts'

const TYPES: readonly Type[] = [
  'zero',
  'number',
  'onchain',
  'share',
  'seconds',
  'amount of usdc',
  'amount of weth',
]
const types = fc.constantFrom(...TYPES)

describe('unify', () => {
  it('does not depend on the order, and keeps a type with itself', () => {
    fc.assert(
      fc.property(types, types, (a, b) => {
        expect(unify(a, b)).toBe(unify(b, a))
        expect(unify(a, a)).toBe(a)
      }),
    )
  })

  it('agrees exactly here', () => {
    const row = (a: Type) => TYPES.map((b) => unify(a, b) ?? '-')
    expect(TYPES.map(row)).toEqual([
      ['zero', 'number', 'onchain', 'share', 'seconds', 'amount of usdc', 'amount of weth'],
      ['number', 'number', 'onchain', 'share', '-', '-', '-'],
      ['onchain', 'onchain', 'onchain', '-', 'seconds', 'amount of usdc', 'amount of weth'],
      ['share', 'share', '-', 'share', '-', '-', '-'],
      ['seconds', '-', 'seconds', '-', 'seconds', '-', '-'],
      ['amount of usdc', '-', 'amount of usdc', '-', '-', 'amount of usdc', '-'],
      ['amount of weth', '-', 'amount of weth', '-', '-', '-', 'amount of weth'],
    ])
  })
})

describe('products and quotients', () => {
  it('have these types', () => {
    const table = (of: (a: Type, b: Type) => Type | undefined) =>
      TYPES.slice(1, 6).map((a) => TYPES.slice(1, 6).map((b) => of(a, b) ?? '-'))
    expect(table(multiplyTypes)).toEqual([
      ['number', 'onchain', 'share', 'seconds', 'amount of usdc'],
      ['onchain', 'onchain', 'onchain', 'onchain', 'onchain'],
      ['share', 'onchain', 'share', 'seconds', 'amount of usdc'],
      ['seconds', 'onchain', 'seconds', '-', '-'],
      ['amount of usdc', 'onchain', 'amount of usdc', '-', '-'],
    ])
    expect(table(divideTypes)).toEqual([
      ['number', 'onchain', 'number', 'onchain', 'onchain'],
      ['onchain', 'number', 'onchain', 'onchain', 'number'],
      ['share', 'onchain', 'share', 'onchain', 'onchain'],
      ['seconds', 'onchain', 'seconds', 'share', 'onchain'],
      ['amount of usdc', 'number', 'amount of usdc', 'onchain', 'share'],
    ])
  })
})

describe('units in expressions', () => {
  it.each([
    'vault.totalAssets() >= 1000 usdc ? 1 : 0',
    'vault.totalAssets() - 1000 usdc > 0 ? 1 : 0',
    'block.timestamp - feed.latestRoundData().updatedAt <= 90s ? 1 : 0',
    'vault.totalAssets() / perps.totalClaims() >= 105% ? 1 : 0',
    'vault.totalAssets() / perps.totalClaims() > 1.05 ? 1 : 0',
    'vault.totalAssets() * 10^18 / vault.totalSupply() >= vault.convertToAssets(10^18) ? 1 : 0',
    '1 - vault.totalAssets() / ago(vault.totalAssets(), 1h) <= 5% ? 1 : 0',
    '1000 usdc / 3 usdc >= 5% ? 1 : 0',
    'sum(events(usdc.Transfer).value, 1h) / 1h * 10m > 5 usdc ? 1 : 0',
    '20% of vault.totalAssets() + 5 usdc',
    'vault.totalAssets() > 0 ? 5% : 0',
    'max(vault.totalAssets() - 5 usdc, 0)',
  ])('%s is right', (expression) => {
    expect(problemsOf(expression)).toEqual([])
  })

  it.each([
    [
      'vault.totalAssets() >= 5% ? 1 : 0',
      'SPEC_UNIT@20 cannot compare an on-chain number and a share: vault.totalAssets(), 5%',
    ],
    ['1h + 3', 'SPEC_UNIT@3 cannot add a duration and a plain number: 1h, 3'],
    ['1 usdc + 1 weth', 'SPEC_UNIT@7 cannot add an amount of usdc and an amount of weth: 1 usdc, 1 weth'],
    ['5 usdc > 1h ? 1 : 0', 'SPEC_UNIT@7 cannot compare an amount of usdc and a duration: 5 usdc, 1h'],
    [
      '5 usdc * 1 weth',
      'SPEC_UNIT@7 cannot multiply an amount of usdc and an amount of weth: 5 usdc, 1 weth',
    ],
    ['(5 usdc)^2', 'SPEC_UNIT@8 there is no unit for a power of an amount of usdc'],
    [
      'vault.totalAssets() of 5',
      'SPEC_UNIT@6 vault.totalAssets() is an on-chain number where a share belongs',
    ],
    ['min(5%, 1h + 1h)', 'SPEC_WINDOW@4 5% is not kept: only reads and named values have a past'],
    ['min(1h, 5% of 1)', 'SPEC_UNIT@0 cannot take the min of a duration and a share: 1h, 5% of 1'],
    ['5 weht', 'SPEC_UNIT@0 there is no unit "weht"'],
    ['1e18', 'SPEC_UNIT@0 there is no unit "e18"'],
    ['5 vault', 'SPEC_UNIT@0 "vault" is no unit, because it has no decimals'],
    [
      'vault.totalAssets() > 0 ? 5% : 5 usdc',
      'SPEC_UNIT@24 cannot choose between a share and an amount of usdc: 5%, 5 usdc',
    ],
  ])('%s: %s', (expression, problem) => {
    expect(problemsOf(expression)).toEqual([problem])
  })
})
