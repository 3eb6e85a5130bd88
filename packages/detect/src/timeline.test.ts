import {
  type Facts,
  type Hex,
  type Known,
  keccakText,
  known,
  type Log,
  type RefPrice,
  toWord,
  unknown,
} from '@breakwater/kernel'
import { loadSpec } from '@breakwater/spec'
import { describe, expect, it } from 'vitest'
import { createTimeline, type Timeline } from './timeline.ts'

const VAULT: Hex = `0x${'0a'.repeat(20)}`
const PERPS: Hex = `0x${'0b'.repeat(20)}`
const USDC: Hex = `0x${'0c'.repeat(20)}`
const FEED: Hex = `0x${'0d'.repeat(20)}`
const OUTSIDE: Hex = `0x${'0e'.repeat(20)}`
const TRANSFER = keccakText('Transfer(address,address,uint256)')

const spec = loadSpec(`
version: 1
protocol: { name: Harbor }
networks: [{ slug: local, chainId: 31337 }]
contracts:
  vault: { address: "eip155:31337:${VAULT}", abi: erc4626, holds: [usdc] }
  perps: { address: "eip155:31337:${PERPS}", abi: ["function totalClaims() view returns (uint256)"], holds: [usdc] }
  usdc: { address: "eip155:31337:${USDC}", abi: erc20, decimals: 6 }
  feed: { address: "eip155:31337:${FEED}", abi: aggregatorV3 }
values:
  tvl: vault.totalAssets()
  claims: perps.totalClaims()
invariants:
  - { id: solvent, require: tvl >= claims, severity: critical }
  - { id: steady, require: "tvl * 2 >= ago(tvl, 10s)", severity: low }
detectors:
  - { use: net-outflow, of: [vault, perps], limits: { tx: 3%, 1m: 10% } }
  - { use: oracle-deviation, of: feed, asset: BTC, max: 1% }
  - { use: oracle-liveness, of: feed, heartbeat: 60s, min: 1, asset: BTC, deviation: 0.5% }
`)

interface Block {
  /** Seconds after the parent. */
  seconds?: number
  tvl?: bigint
  claims?: bigint
  held?: bigint
  price?: number
  updatedAgo?: bigint
  ref?: number | null
  transfers?: readonly { from: Hex; to: Hex; amount: bigint; tx?: number }[]
  salt?: string
  calls?: Record<string, Known<bigint>>
}

const e8 = (price: number) => BigInt(Math.round(price * 1e8))
const hashOf = (number: bigint, salt: string) => keccakText(`${number}${salt}`)

/** Blocks on top of one another, with quiet defaults. */
function chain(timeline: Timeline) {
  const facts = (parent: Facts | null, block: Block): Facts => {
    const number = (parent?.block.number ?? 99n) + 1n
    const timestampSeconds = (parent?.block.timestampSeconds ?? 1000n) + BigInt(block.seconds ?? 1)
    const log = (transfer: { from: Hex; to: Hex; amount: bigint }): Log => ({
      address: USDC,
      topics: [TRANSFER, toWord(BigInt(transfer.from)), toWord(BigInt(transfer.to))],
      data: toWord(transfer.amount),
    })
    const transfers = block.transfers ?? []
    const ref: Known<RefPrice> =
      block.ref === null ? unknown('blind') : known({ priceE8: e8(block.ref ?? 100), sources: 3, atMs: 0 })
    return {
      block: {
        number,
        hash: hashOf(number, block.salt ?? ''),
        parentHash: parent?.block.hash ?? hashOf(99n, ''),
        timestampSeconds,
      },
      txs: [...new Set(transfers.map(({ tx }) => tx ?? 0))].map((index) => ({
        hash: keccakText(`tx${number}${index}`),
        index,
        status: 'ok' as const,
        logs: transfers.filter(({ tx }) => (tx ?? 0) === index).map(log),
      })),
      calls: new Map<string, Known<bigint>>([
        ['vault.totalAssets()', known(block.tvl ?? 1000n)],
        ['perps.totalClaims()', known(block.claims ?? 900n)],
        ['usdc.balanceOf(vault)', known(block.held ?? 900n)],
        ['usdc.balanceOf(perps)', known(100n)],
        ['feed.latestRoundData().answer', known(e8(block.price ?? 100))],
        ['feed.latestRoundData().updatedAt', known(timestampSeconds - (block.updatedAgo ?? 0n))],
        ...Object.entries(block.calls ?? {}),
      ]),
      observed: { atMs: 0, refs: new Map([['BTC', ref]]) },
    }
  }
  let head: Facts | null = null
  return {
    facts,
    add(block: Block = {}) {
      head = facts(head, block)
      return timeline.advance(head)
    },
    addOn(parent: Facts, block: Block) {
      return timeline.advance(facts(parent, block))
    },
  }
}

const start = () => {
  const timeline = createTimeline(spec)
  return { timeline, ...chain(timeline) }
}
const keys = ({ findings }: { findings: readonly { uniqueKey: string }[] }) =>
  findings.map((f) => f.uniqueKey)
const reasons = ({ unknown: list }: { unknown: readonly { rule: string; reason: string }[] }) =>
  list.map(({ rule, reason }) => `${rule} ${reason}`)

describe('timeline', () => {
  it('reads each call once, whoever needs it', () => {
    const { needs } = createTimeline(spec)
    expect(needs.calls.map(({ id }) => id).sort()).toEqual([
      'feed.latestRoundData().answer',
      'feed.latestRoundData().updatedAt',
      'perps.totalClaims()',
      'usdc.balanceOf(perps)',
      'usdc.balanceOf(vault)',
      'vault.totalAssets()',
    ])
    expect(needs.windowSeconds).toBe(60)
    expect(needs.assets).toEqual(['BTC'])
  })

  it('finds nothing in quiet blocks, and says what it cannot judge yet', () => {
    const { add } = start()
    const first = add()
    expect(keys(first)).toEqual([])
    expect(reasons(first)).toEqual([
      'steady warming',
      'net-outflow-vault-perps warming',
      'net-outflow-vault-perps warming',
    ])
    for (let i = 0; i < 60; i++) add()
    expect(add().unknown).toEqual([])
  })

  it('finds an invariant that does not hold, with the block and what it says', () => {
    const { add } = start()
    add()
    const { findings, block } = add({ claims: 1001n })
    expect(findings).toMatchObject([
      { rule: 'solvent', severity: 'critical', role: 'damage', uniqueKey: 'invariant:solvent', block },
    ])
    expect(findings[0]?.summary).toContain('tvl >= claims')
    expect(keys(add())).toEqual([])
  })

  it('never takes an unknown value for a match or for none', () => {
    const { add } = start()
    add()
    const evaluation = add({ calls: { 'vault.totalAssets()': unknown('reverted') } })
    expect(keys(evaluation)).toEqual([])
    expect(reasons(evaluation)).toContain('solvent reverted')
  })

  it('goes on with all other rules when one detector fails', () => {
    const { timeline, facts } = start()
    const broken = facts(null, { claims: 1001n })
    // A value that no provider can give: the liveness detector's arithmetic fails on it.
    ;(broken.calls as Map<string, unknown>).set('feed.latestRoundData().updatedAt', { ok: true, value: 'x' })
    const evaluation = timeline.advance(broken)
    expect(keys(evaluation)).toContain('invariant:solvent')
    expect(evaluation.unknown.find(({ rule }) => rule === 'oracle-liveness-feed')?.missing).toMatch(/failed/)
  })

  it('judges each branch by its own past', () => {
    const { add, addOn, timeline } = start()
    const base = add().facts
    const left = addOn(base, { salt: 'left', transfers: [{ from: VAULT, to: OUTSIDE, amount: 25n }] })
    const right = addOn(base, { salt: 'right' })
    const leftNext = addOn(left.facts, {
      salt: 'left',
      held: 800n,
      transfers: [
        { from: VAULT, to: OUTSIDE, amount: 26n },
        { from: VAULT, to: OUTSIDE, amount: 26n, tx: 1 },
        { from: VAULT, to: OUTSIDE, amount: 26n, tx: 2 },
      ],
    })
    const rightNext = addOn(right.facts, {
      salt: 'right',
      transfers: [{ from: VAULT, to: OUTSIDE, amount: 26n }],
    })
    expect(keys(leftNext)).toEqual(['net-outflow:net-outflow-vault-perps:usdc:1m'])
    expect(keys(rightNext)).toEqual([])
    expect(timeline.isAncestor(base.block.hash, leftNext.block.hash)).toBe(true)
    expect(timeline.isAncestor(right.block.hash, leftNext.block.hash)).toBe(false)
    expect(timeline.ancestor(left.block.number, leftNext.block.hash)).toBe(left)
    expect(timeline.ancestor(right.block.number, right.block.hash)).toBe(right)
    expect(timeline.ancestor(leftNext.block.number + 1n, leftNext.block.hash)).toBeUndefined()
  })

  it('forgets other branches and the past at finality, and still knows final ancestors', () => {
    const { add, addOn, timeline } = start()
    const base = add()
    const left = addOn(base.facts, { salt: 'left' })
    const right = addOn(base.facts, { salt: 'right' })
    const next = addOn(left.facts, { salt: 'left' })
    timeline.finalize(left.block.hash)
    expect(timeline.at(base.block.hash)).toBeUndefined()
    expect(timeline.at(right.block.hash)).toBeUndefined()
    expect(timeline.isAncestor(base.block.hash, next.block.hash)).toBe(true)
    expect(timeline.isAncestor(right.block.hash, next.block.hash)).toBe(false)
    expect(keys(addOn(next.facts, { claims: 2000n }))).toEqual(['invariant:solvent'])
  })

  it('peeks without keeping', () => {
    const { add, facts, timeline } = start()
    const base = add()
    const simulated = facts(base.facts, { claims: 2000n, salt: 'simulated' })
    expect(keys(timeline.peek(simulated))).toEqual(['invariant:solvent'])
    expect(timeline.at(simulated.block.hash)).toBeUndefined()
  })
})

describe('net outflow (D9)', () => {
  it('fires on one transaction above its limit of what was held before, not on one at the limit', () => {
    const { add } = start()
    add()
    expect(keys(add({ transfers: [{ from: VAULT, to: OUTSIDE, amount: 30n }] }))).toEqual([])
    const { findings } = add({ transfers: [{ from: VAULT, to: OUTSIDE, amount: 31n }] })
    expect(findings.map((f) => f.evidence.window)).toEqual(['one transaction'])
    expect(findings[0]?.summary).toMatch(/0\.00 usdc left vault-perps in one transaction/)
  })

  it('cancels transfers among the protocol, and what comes back in the same transaction', () => {
    const { add } = start()
    add()
    expect(keys(add({ transfers: [{ from: VAULT, to: PERPS, amount: 500n }] }))).toEqual([])
    const flash = [
      { from: VAULT, to: OUTSIDE, amount: 800n },
      { from: OUTSIDE, to: PERPS, amount: 790n },
    ]
    expect(keys(add({ transfers: flash }))).toEqual([])
  })

  it('does not let what came in earlier hide what leaves in another transaction', () => {
    const { add } = start()
    add()
    const transfers = [
      { from: OUTSIDE, to: VAULT, amount: 800n, tx: 0 },
      { from: VAULT, to: OUTSIDE, amount: 800n, tx: 1 },
    ]
    expect(keys(add({ transfers }))).toEqual(['net-outflow:net-outflow-vault-perps:usdc:one transaction'])
  })

  it('adds up small ones over the window, also before the window is full, and forgets them behind it', () => {
    const { add } = start()
    add()
    const small = { transfers: [{ from: VAULT, to: OUTSIDE, amount: 20n }] }
    for (let i = 0; i < 5; i++) expect(keys(add(small))).toEqual([])
    expect(keys(add(small))).toEqual(['net-outflow:net-outflow-vault-perps:usdc:1m'])
    expect(keys(add({ seconds: 60 }))).toEqual([])
  })
})

describe('oracle deviation (D6)', () => {
  it('fires beyond the limit in both directions, and names a mistake in decimals', () => {
    const { add } = start()
    expect(keys(add({ price: 101 }))).toEqual([])
    expect(keys(add({ price: 101.01 }))).toEqual(['oracle-deviation:oracle-deviation-feed'])
    expect(keys(add({ price: 98.99 }))).toEqual(['oracle-deviation:oracle-deviation-feed'])
    const { findings } = add({ price: 1e10 })
    expect(findings[0]?.summary).toMatch(/a factor of 10\^8: check decimals/)
    expect(findings[0]?.inputs).toBe('observed')
  })

  it('fires on a price that is not positive, whatever the reference', () => {
    const { add } = start()
    expect(keys(add({ price: 0 }))).toEqual([
      'oracle-deviation:oracle-deviation-feed',
      'oracle-liveness:oracle-liveness-feed:bound',
    ])
  })

  it('is unknown without a reference price', () => {
    const { add } = start()
    expect(reasons(add({ ref: null }))).toContain('oracle-deviation-feed blind')
  })
})

describe('oracle liveness (D8)', () => {
  it('fires on a feed older than one and a half heartbeats, and at its bounds', () => {
    const { add } = start()
    expect(keys(add({ updatedAgo: 90n }))).toEqual([])
    expect(keys(add({ updatedAgo: 91n }))).toEqual(['oracle-liveness:oracle-liveness-feed:late'])
    expect(keys(add({ price: 1, ref: 1 }))).toEqual(['oracle-liveness:oracle-liveness-feed:bound'])
  })

  it('fires when it stands still for two blocks while the reference moves, and not when it follows', () => {
    const { add } = start()
    add({ updatedAgo: 1n })
    expect(keys(add({ updatedAgo: 2n, ref: 100.6 }))).toEqual([])
    expect(keys(add({ updatedAgo: 3n, ref: 100.7 }))).toEqual(['oracle-liveness:oracle-liveness-feed:still'])
    expect(keys(add({ updatedAgo: 0n, price: 100.7, ref: 100.7 }))).toEqual([])
  })
})
