import { known, unknown } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HEAD, placeOf, sceneOf } from '../test/sample.ts'
import { checkSpec, evaluateValues, loadSpec } from './spec.ts'

const withValues = (values: Readonly<Record<string, string>>): string =>
  `${HEAD}values:\n${Object.entries(values)
    .map(([name, text]) => `  ${name}: ${JSON.stringify(text)}\n`)
    .join('')}`
const namesOf = (values: Readonly<Record<string, string>>) =>
  loadSpec(withValues(values)).values.map(({ name }) => name)

describe('named values', () => {
  it('come after those that they need', () => {
    expect(namesOf({ c: 'a + b', b: 'a * 2', a: 'vault.totalAssets()' })).toEqual(['a', 'b', 'c'])
    expect(namesOf({ b: '1', a: '2' })).toEqual(['b', 'a'])
  })

  it('always do, however they depend on each other', () => {
    const graphs = fc.array(fc.array(fc.nat(30), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(graphs, fc.infiniteStream(fc.nat()), (graph, shuffle) => {
        // Each needs only some of a lower index, in a file of any order.
        const entries = graph.map((needs, i): [string, string] => [
          `v${i}`,
          ['block.number', ...needs.filter((_, j) => i > j).map((need) => `v${need % i}`)].join(' + '),
        ])
        const keyed = entries.map((entry) => ({ entry, key: shuffle.next().value ?? 0 }))
        const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ entry }) => entry)
        const spec = loadSpec(withValues(Object.fromEntries(shuffled)))
        const values = evaluateValues(spec, sceneOf())
        expect(values.size).toBe(graph.length)
        for (const value of values.values()) expect(value.ok).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  it('are evaluated from each other in one block, and an unknown one makes those that need it unknown', () => {
    const spec = loadSpec(
      withValues({
        twice: '2 * tvl',
        tvl: 'vault.totalAssets()',
        share: 'twice / claims',
        claims: 'perps.totalClaims()',
      }),
    )
    const calls = { 'vault.totalAssets()': 5n, 'perps.totalClaims()': unknown('reverted') }
    expect(Object.fromEntries(evaluateValues(spec, sceneOf({ calls })))).toEqual({
      tvl: known(5n),
      twice: known(10n),
      claims: unknown('reverted'),
      share: unknown('reverted'),
    })
  })

  it('are exact at the largest size that is allowed, with the longest fractions', () => {
    const values = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [`v${i}`, `long${' - long + long'.repeat(100)}`]),
    )
    const long = '(vault.totalAssets()^3 + 2) / (perps.totalClaims()^3 + 1)'
    const calls = { 'vault.totalAssets()': 2n ** 256n - 189n, 'perps.totalClaims()': 2n ** 256n - 357n }
    const results = evaluateValues(loadSpec(withValues({ long, ...values })), sceneOf({ calls }))
    expect(results.get('long')?.ok).toBe(true)
    for (const result of results.values()) expect(result).toEqual(results.get('long'))
  })

  it('fill the map that a history may be reading', () => {
    const spec = loadSpec(withValues({ b: 'a + 1', a: 'block.number' }))
    const values = new Map()
    expect(evaluateValues(spec, sceneOf(), values)).toBe(values)
    expect([...values.keys()]).toEqual(['a', 'b'])
  })
})

describe('wrong named values', () => {
  const problems = (values: Readonly<Record<string, string>>) => {
    const text = withValues(values)
    return checkSpec(text).map(({ code, message, line, column, path }) => ({
      code,
      message,
      line,
      column,
      path,
    }))
  }

  it('need themselves: one problem for the circle, none for what leads into it', () => {
    const values = { a: 'b', b: 'c + 1', c: 'a', e: 'a + b' }
    const text = withValues(values)
    expect(problems(values)).toEqual([
      {
        code: 'SPEC_CYCLE',
        message: '"values.a" needs itself: a → b → c → a',
        ...placeOf(text, 'a: "b"', 3),
        path: 'values.a',
      },
    ])
    expect(problems({ a: 'a' })).toMatchObject([{ message: '"values.a" needs itself: a → a' }])
    expect(problems({ a: 'b + c', b: 'a', c: 'e', e: 'a + c' })).toMatchObject([{ code: 'SPEC_CYCLE' }])
  })

  it('may be named like an event parameter that filters them', () => {
    const values = {
      from: 'sum(events(usdc.Transfer, from == vault).value, 1h)',
      value: 'sum(events(usdc.Transfer).value, 1h)',
    }
    expect(problems(values)).toEqual([])
  })

  it('are to blame, not what needs them', () => {
    expect(problems({ a: 'nothing', b: 'a + 1', c: 'max(b, 1h)' })).toMatchObject([{ path: 'values.a' }])
  })

  it('have names that nothing else has', () => {
    expect(problems({ vault: '1' })).toMatchObject([
      { code: 'SPEC_DUPLICATE', message: '"vault" is a contract too' },
    ])
    expect(problems({ of: '1' })).toMatchObject([
      { code: 'SPEC_DUPLICATE', message: '"of" is a word of the language' },
    ])
    expect(problems({ 'a-b': '1' })).toMatchObject([{ code: 'SPEC_FIELD' }])
  })

  it('share a budget: the first that exceeds it is reported, once', () => {
    const sum = Array.from({ length: 150 }, () => 'block.number').join(' + ')
    const values = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`v${i}`, sum]))
    expect(problems(values)).toMatchObject([
      { code: 'SPEC_COST', message: 'the expressions of this file have more than 4096 parts together' },
    ])
  })
})
