import type { Known } from '@breakwater/kernel'
import { loadSpec } from '@breakwater/spec'
import { describe, expect, it } from 'vitest'
import { blockFacts } from '../../test/blocks.ts'
import { createFolding } from './folding.ts'

const SPEC = loadSpec(`
version: 1
protocol: { name: Reef }
networks: [{ slug: ethereum, chainId: 1 }]
contracts:
  usdc: { address: "eip155:1:0x${'1'.repeat(40)}", abi: erc20, decimals: 6 }
  vault: { address: "eip155:1:0x${'2'.repeat(40)}", abi: erc4626, holds: [usdc] }
values: { tvl: vault.totalAssets() }
invariants:
  - { id: steady, require: "tvl >= 50% of max(tvl, 5m)", severity: high }
detectors:
  - { use: net-outflow, id: outflow, of: vault, limits: { tx: 3%, 5m: 10% } }
`)
const HELD = 'usdc.balanceOf(vault)'
const PRUNED: Known<bigint> = { ok: false, reason: 'pruned' }

const fold = (reads: readonly (Known<bigint> | bigint)[]) => {
  const { fold: next } = createFolding(SPEC)
  return reads.map((read, i) => next(blockFacts(i + 1, { [HELD]: read, 'vault.totalAssets()': read })))
}
const reasonsOf = ({ unknown }: ReturnType<typeof fold>[number]) => [
  ...new Set(unknown.filter(({ rule }) => rule === 'outflow').map(({ reason }) => reason)),
]

describe('folding', () => {
  it('judges a part of a window from where on its state can be read', () => {
    const evaluations = fold([PRUNED, PRUNED, 1_000n, 1_000n, 1_000n])
    expect(evaluations.map(reasonsOf)).toEqual([
      ['warming', 'pruned'],
      ['pruned'],
      ['pruned', 'warming'],
      ['warming'],
      ['warming'],
    ])
  })

  it('keeps windows over a block that could not be read later on', () => {
    // 25 blocks of 12 seconds fill the window of five minutes.
    const reads = Array.from({ length: 30 }, (_, i) => (i === 26 ? PRUNED : 1_000n))
    const evaluations = fold(reads)
    expect(evaluations.slice(24).map(reasonsOf)).toEqual([['warming'], [], [], ['pruned'], [], []])
  })

  it('forgets what no window reaches, and answers the same as if it had not', () => {
    const long = Array.from({ length: 400 }, (_, i) => (i === 390 ? 400n : 1_000n))
    const findings = fold(long).flatMap(({ block, findings: found }) =>
      found.map(({ rule }) => [rule, block.number]),
    )
    expect(findings).toEqual([['steady', 391n]])
  })
})
