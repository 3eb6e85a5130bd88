import { expect, it } from 'vitest'
import { suggest } from './nearest.ts'

it.each([
  ['valt', ['vault', 'perps'], 'did you mean "vault"?'],
  ['TotalAssets', ['totalAssets', 'totalSupply'], 'did you mean "totalAssets"?'],
  ['pasue', ['pause', 'alert'], 'did you mean "pause"?'],
  ['xyz', ['vault', 'perps'], 'known here: vault, perps'],
  ['xyz', [], undefined],
  ['xyz', Array.from({ length: 13 }, (_, i) => `contract${i}`), undefined],
  ['x'.repeat(500), ['vault'], 'known here: vault'],
])('%s among %j', (word, candidates, expected) => {
  expect(suggest(word, candidates)).toBe(expected)
})
