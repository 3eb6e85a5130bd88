import type { Known } from '@breakwater/kernel'
import { loadSpec } from '@breakwater/spec'
import { describe, expect, it } from 'vitest'
import { blockFacts } from '../../test/blocks.ts'
import { createFolding } from './folding.ts'
import { createTally } from './tally.ts'

const account = (digit: string) => `"eip155:1:0x${digit.repeat(40)}"`
const HEAD = `
version: 1
protocol: { name: Reef }
networks: [{ slug: ethereum, chainId: 1 }]
contracts:
  desk: { address: ${account('1')}, abi: ["function cash() view returns (uint256)"] }
  feed: { address: ${account('2')}, abi: aggregatorV3 }
invariants:
  - { id: cash, require: desk.cash() >= 100, severity: critical }
`
const ORACLES = `
detectors:
  - { use: oracle-deviation, id: price, of: feed, asset: BTC, max: 1% }
  - { use: oracle-liveness, id: alive, of: feed, heartbeat: 60s, asset: BTC, deviation: 1% }
`
const BRAKES = `
responses:
  - { id: stop, when: severity >= critical, do: pause, target: desk, for: 2m }
  - { id: tell, when: severity >= high, do: alert }
guardians: { registry: ${account('3')}, breaker: ${account('4')} }
`

type Read = Known<bigint> | bigint
const REVERTED: Read = { ok: false, reason: 'reverted' }

/** Folds blocks 1, 2, … with these amounts of cash; the feed is as fresh as its block. */
function judge(
  text: string,
  cash: readonly Read[],
  feedOf: (number: number) => Record<string, Read> = fresh,
) {
  const spec = loadSpec(text)
  const folding = createFolding(spec)
  const tally = createTally(spec)
  const begun = cash.map((amount, index) => {
    const facts = blockFacts(index + 1, { 'desk.cash()': amount, ...feedOf(index + 1) })
    return tally.add(folding.fold(facts)).map(({ rule }) => rule)
  })
  return { begun, outcome: tally.outcome() }
}
const fresh = (number: number): Record<string, Read> => ({
  'feed.latestRoundData().answer': 10n ** 13n,
  'feed.latestRoundData().updatedAt': 1_700_000_000n + 12n * BigInt(number),
})

describe('tally', () => {
  it('counts each block once, as what it came to', () => {
    const { begun, outcome } = judge(HEAD, [100n, 99n, 98n, REVERTED, 100n, 1n])
    expect(outcome).toMatchObject({ blocks: 6, passed: 2, found: 3, unknown: 1 })
    expect(begun).toEqual([[], ['cash'], [], [], [], ['cash']])
    expect(outcome.findings).toEqual([
      { rule: 'cash', detector: 'invariant', severity: 'critical', times: 2, blocks: 3, first: 2n, last: 6n },
    ])
    expect(outcome.unknowns).toEqual([
      { rule: 'cash', reason: 'reverted', missing: 'desk.cash() >= 100', blocks: 1, first: 4n, last: 4n },
    ])
  })

  it('says once which rules need what history does not have, and judges the rest', () => {
    const { outcome } = judge(HEAD + ORACLES, [100n, 100n, 100n])
    expect(outcome).toMatchObject({ passed: 3, found: 0, unknown: 0, needReference: ['price', 'alive'] })
    expect(outcome.unknowns).toEqual(
      ['alive', 'price'].map((rule) => ({
        ...{
          rule,
          reason: 'unsupported',
          missing: 'the reference price of BTC',
          blocks: 3,
          first: 1n,
          last: 3n,
        },
      })),
    )
  })

  it('does not take a feed that cannot be read for one that only lacks a reference', () => {
    const { outcome } = judge(HEAD + ORACLES, [100n, 100n], (number) => (number === 1 ? {} : fresh(number)))
    expect(outcome).toMatchObject({ passed: 1, unknown: 1 })
  })

  it('still finds a feed that is late, without any reference', () => {
    const { outcome } = judge(HEAD + ORACLES, [100n, 100n], () => fresh(-20))
    expect(outcome).toMatchObject({ found: 2 })
    expect(outcome.findings).toMatchObject([{ rule: 'alive', times: 1, blocks: 2 }])
  })
})

describe('responses', () => {
  it('are asked for when something is found, and again only before the brake ends', () => {
    // A brake of two minutes holds for ten blocks of 12 seconds; in its last quarter it is renewed.
    const { outcome } = judge(HEAD + BRAKES, [100n, ...Array.from({ length: 20 }, () => 0n)])
    expect(outcome.responses).toEqual([
      { response: 'stop', do: 'pause', target: 'desk', times: 3, blocks: 3, first: 2n, last: 18n },
      { response: 'tell', do: 'alert', target: null, times: 1, blocks: 1, first: 2n, last: 2n },
    ])
  })

  it('need no breaker in history, and are none where nothing is found', () => {
    expect(judge(HEAD + BRAKES, [100n, 100n]).outcome.responses).toEqual([])
    expect(judge(HEAD, [0n]).outcome.responses).toEqual([])
  })

  it('act on a rule that the protocol left without an answer only where the specification says so', () => {
    const closed = BRAKES.replace('for: 2m', 'for: 2m, onError: closed')
    expect(judge(HEAD + BRAKES, [REVERTED]).outcome.responses).toEqual([])
    expect(judge(HEAD + closed, [REVERTED]).outcome.responses).toMatchObject([{ response: 'stop', times: 1 }])
  })
})
