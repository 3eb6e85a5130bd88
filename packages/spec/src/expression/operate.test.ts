import { type Quantity, quantity, unknown } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluated, holds, type Inputs } from '../../test/sample.ts'

const value = (expression: string, inputs?: Inputs): Quantity | string => {
  const result = evaluated(expression, inputs)
  return result.ok ? result.value : result.reason
}

describe('numbers', () => {
  it.each<[string, Quantity]>([
    ['1_000 + 1', 1001n],
    ['0.5 + 0.25', { n: 3n, d: 4n }],
    ['7 / 2 * 2', 7n],
    ['1 / 3 - 1 / 2', { n: -1n, d: 6n }],
    ['-2^2', -4n],
    ['(1 / 2)^3', { n: 1n, d: 8n }],
    ['5^0', 1n],
    ['10^18', 10n ** 18n],
    ['2^1023', 2n ** 1023n],
    ['20%', { n: 1n, d: 5n }],
    ['50bp', { n: 1n, d: 200n }],
    ['100%', 1n],
    ['30s + 10m + 1h + 24h + 7d', 30n + 600n + 3_600n + 86_400n + 604_800n],
    ['1000 usdc', 1_000_000_000n],
    ['0.5 weth', 5n * 10n ** 17n],
    ['5% of 1000 usdc', 50_000_000n],
    ['50% of 50% of 8', 2n],
    ['min(3, 2) + max(3, 2)', 5n],
    ['abs(3 - 5)', 2n],
    ['floor(7 / 2)', 3n],
    ['floor(-7 / 2)', -4n],
    ['2 > 1 ? 10 : 20', 10n],
    ['1 usdc >= 2 usdc ? 10 : 20', 20n],
    ['true != false ? 1 : 0', 1n],
  ])('%s', (expression, expected) => {
    expect(value(expression)).toEqual(expected)
  })

  it('are exact beyond 256 bits', () => {
    const calls = { 'vault.totalAssets()': 2n ** 256n - 1n, 'perps.totalClaims()': 3n }
    expect(value('vault.totalAssets() * vault.totalAssets() / perps.totalClaims() * 3', { calls })).toBe(
      (2n ** 256n - 1n) ** 2n,
    )
  })

  it('are undefined for a division by zero, and from 2^1024 on', () => {
    const calls = { 'perps.totalClaims()': 0n, 'vault.totalAssets()': 2n ** 255n }
    expect(value('1 / perps.totalClaims()', { calls })).toBe('undefined')
    expect(value('vault.totalAssets()^4', { calls })).toBe(2n ** 1020n)
    expect(value('vault.totalAssets()^5', { calls })).toBe('undefined')
    expect(value('vault.totalAssets()^1000', { calls })).toBe('undefined')
  })

  it('agree with an evaluation of their own', () => {
    fc.assert(
      fc.property(sums, ({ text, n, d }) => {
        const expected = quantity(n, d)
        expect(expected === undefined ? [] : value(text)).toEqual(expected ?? [])
      }),
      { numRuns: 150 },
    )
  })

  it('compare as their cross products do', () => {
    const operands = fc.tuple(fc.bigInt({ min: -50n, max: 50n }), fc.bigInt({ min: 1n, max: 9n }))
    fc.assert(
      fc.property(
        operands,
        operands,
        fc.constantFrom('==', '!=', '<', '<=', '>', '>='),
        ([a, b], [c, d], op) => {
          const order = a * d - c * b
          const expected = {
            '==': order === 0n,
            '!=': order !== 0n,
            '<': order < 0n,
            '<=': order <= 0n,
            '>': order > 0n,
            '>=': order >= 0n,
          }[op]
          // The call makes it depend on the chain: a constant condition is refused.
          const calls = { 'perps.totalClaims()': a }
          expect(holds(`perps.totalClaims() / ${b} ${op} (${c}) / ${d}`, { calls })).toEqual({
            ok: true,
            value: expected,
          })
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('unknown operands', () => {
  const calls = {
    'vault.totalAssets()': 5n,
    'perps.totalClaims()': unknown('reverted'),
    'usdc.totalSupply()': unknown('pruned'),
    'vault.paused()': 1n,
    'vault.owner()': unknown('blind'),
  } as const
  const inputs: Inputs = { calls }

  it.each([
    ['perps.totalClaims() + 1', 'reverted'],
    ['1 - usdc.totalSupply()', 'pruned'],
    ['perps.totalClaims() * usdc.totalSupply()', 'reverted'],
    ['-perps.totalClaims()', 'reverted'],
    ['floor(perps.totalClaims())', 'reverted'],
    ['perps.totalClaims()^2', 'reverted'],
    ['min(vault.totalAssets(), perps.totalClaims())', 'reverted'],
    ['perps.totalClaims() > 1 ? 1 : 2', 'reverted'],
    ['vault.paused() ? perps.totalClaims() : 1', 'reverted'],
    ['weth.totalSupply()', 'unsupported'],
  ])('%s is unknown: %s', (expression, reason) => {
    expect(evaluated(expression, inputs)).toEqual(unknown(reason as 'reverted'))
  })

  it('does not matter in the branch that is not taken', () => {
    expect(value('vault.paused() ? 1 : perps.totalClaims()', inputs)).toBe(1n)
  })

  const [yes, no, what] = ['vault.paused()', '!vault.paused()', 'perps.totalClaims() > 1']
  it.each([
    [`${what} && ${no}`, false],
    [`${no} && ${what}`, false],
    [`${what} || ${yes}`, true],
    [`${yes} || ${what}`, true],
    [`${what} && ${yes}`, 'reverted'],
    [`${yes} && ${what}`, 'reverted'],
    [`${what} || ${no}`, 'reverted'],
    [`${no} || ${what}`, 'reverted'],
    [`!(${what})`, 'reverted'],
    [`(${what}) == ${yes}`, 'reverted'],
    [`vault.owner() == vault || ${what}`, 'blind'],
  ])('%s is %s', (condition, expected) => {
    const result = holds(condition, inputs)
    expect(result.ok ? result.value : result.reason).toBe(expected)
  })
})

/** Sums, products and quotients as text, with numerator and denominator computed beside it. */
interface Sum {
  text: string
  n: bigint
  d: bigint
}
const { sum: sums } = fc.letrec<{ sum: Sum }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 5 },
    fc.bigInt({ min: 0n, max: 2n ** 70n }).map((n): Sum => ({ text: `${n}`, n, d: 1n })),
    fc.tuple(fc.nat(999), fc.nat(999)).map(([a, b]): Sum => {
      const digits = String(b).padStart(3, '0')
      return { text: `${a}.${digits}`, n: BigInt(a) * 1000n + BigInt(b), d: 1000n }
    }),
    fc.tuple(fc.constantFrom('+', '-', '*', '/'), tie('sum'), tie('sum')).map(([op, a, b]): Sum => {
      const text = `(${a.text} ${op} ${b.text})`
      if (op === '*') return { text, n: a.n * b.n, d: a.d * b.d }
      if (op === '/' && b.n !== 0n) return { text, n: a.n * b.d, d: a.d * b.n }
      if (op === '-') return { text, n: a.n * b.d - b.n * a.d, d: a.d * b.d }
      return { text: `(${a.text} + ${b.text})`, n: a.n * b.d + b.n * a.d, d: a.d * b.d }
    }),
  ),
}))
