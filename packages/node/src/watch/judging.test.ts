import { createTimeline } from '@breakwater/detect'
import { type Facts, type Finding, known } from '@breakwater/kernel'
import { loadSpec } from '@breakwater/spec'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { factsOf, hashOf } from '../../test/blocks.ts'
import { createVirtualClock } from '../../test/clock.ts'
import { createEvents, type GuardianEvent } from '../events.ts'
import { createMetrics } from '../metrics.ts'
import type { Blocks } from '../store/blocks.ts'
import { createJudging } from './judging.ts'

const SPEC = loadSpec(`version: 1
protocol: { name: Reserve }
networks: [{ slug: local, chainId: 31337 }]
contracts:
  usdc: { address: "eip155:31337:0x${'a1'.repeat(20)}", abi: erc20, decimals: 6 }
values: { supply: usdc.totalSupply() }
invariants:
  - { id: enough, require: supply >= 10, severity: high }
  - { id: steady, require: "supply >= ago(supply, 20s) - 50", severity: high }
`)

/** A block with this supply. */
const blockOf = (number: number, supply: bigint, branch = 'a', parentBranch = branch): Facts => ({
  ...factsOf(number, branch, parentBranch),
  calls: new Map([['usdc.totalSupply()', known(supply)]]),
})

/** A guardian's judging, with a store that does what it is told to. */
function stage(stored: readonly Facts[] = []) {
  const steps: string[] = []
  const added: { facts: Facts; findings: readonly Finding[] }[] = []
  const told: GuardianEvent[] = []
  const state = { storeFails: false, recorded: Promise.resolve() }
  const events = createEvents(() => {})
  events.subscribe((event) => {
    told.push(event)
    steps.push(event.type)
  })
  const blocks: Blocks = {
    keepFor: async () => {},
    async *load() {
      for (const facts of stored) yield [facts]
    },
    async add(facts, findings) {
      steps.push('stored')
      if (state.storeFails) throw new Error('disk full')
      added.push({ facts, findings })
    },
    prune: async () => {},
  }
  const judging = createJudging({
    ...{ spec: SPEC, timeline: createTimeline(SPEC), blocks, events, metrics: createMetrics() },
    ...{ clock: createVirtualClock(), log: pino({ level: 'silent' }) },
    references: { prices: () => new Map(), start() {}, stop: async () => {} },
    onEvaluated: () => steps.push('acted'),
    onOrphaned: () => steps.push('orphaned'),
    recorded: () => state.recorded,
  })
  const alerts = () =>
    told.flatMap((event) => (event.type === 'alert' ? `${event.change} ${event.finding.rule}` : []))
  return { judging, sink: judging.sink, steps, added, state, alerts }
}

describe('judging', () => {
  it('acts first, then tells, and stores a block only when what it led to is safe', async () => {
    const { sink, steps, state } = stage()
    let release = () => {}
    state.recorded = new Promise((resolve) => {
      release = resolve
    })
    const done = sink.onBlock(blockOf(1, 5n))
    await new Promise(setImmediate)
    expect(steps).toEqual(['acted', 'alert', 'block'])
    release()
    await done
    expect(steps).toEqual(['acted', 'alert', 'block', 'stored'])
  })

  it('stores what is found in a block and was not in the one before', async () => {
    const { sink, added } = stage()
    for (const [number, supply] of [10n, 5n, 4n, 10n, 3n].entries())
      await sink.onBlock(blockOf(number, supply))
    const rules = added.map(({ findings }) => findings.map(({ rule }) => rule).join())
    expect(rules).toEqual(['', 'enough', '', '', 'enough'])
  })

  it('goes on while the store fails, and says so until it is well again', async () => {
    const { sink, judging, state, alerts } = stage()
    state.storeFails = true
    await sink.onBlock(blockOf(1, 5n))
    expect(judging.storeTrouble()).toBe('disk full')
    expect(alerts()).toEqual(['opened enough'])
    state.storeFails = false
    await sink.onBlock(blockOf(2, 10n))
    expect(judging.storeTrouble()).toBeNull()
  })

  it('takes back what a branch showed that was left, and tells of the reorganisation before what it undoes', async () => {
    const { sink, judging, steps, alerts } = stage()
    await sink.onBlock(blockOf(1, 10n))
    await sink.onBlock(blockOf(2, 5n))
    steps.length = 0
    await sink.onReorg({ removed: [factsOf(2).block], to: factsOf(1).block })
    expect(steps).toEqual(['reorg', 'orphaned'])
    expect(judging.evaluations.head()?.block.hash).toBe(hashOf(1))
    await sink.onBlock(blockOf(2, 10n, 'b', 'a'))
    expect(alerts()).toEqual(['opened enough', 'retracted enough'])
    expect(judging.openFindings()).toEqual([])
  })

  it('begins anew where a reorganisation goes behind all that it knows', async () => {
    const { sink, judging } = stage()
    await sink.onBlock(blockOf(5, 10n))
    await sink.onReorg({ removed: [factsOf(5).block], to: factsOf(4).block })
    expect(judging.evaluations.head()).toBeNull()
    await sink.onBlock(blockOf(5, 10n, 'b', 'a'))
    expect(judging.evaluations.head()?.block.hash).toBe(hashOf(5, 'b'))
  })

  it('stands after a restart where it stood, windows and open findings included, and tells nothing again', async () => {
    const before = stage()
    for (const [number, supply] of [60n, 60n, 5n, 5n].entries())
      await before.sink.onBlock(blockOf(number, supply))
    const after = stage(before.added.map(({ facts }) => facts))
    const known = await after.judging.restore()
    expect(known.map(({ number }) => number)).toEqual([0n, 1n, 2n, 3n])
    expect(after.alerts()).toEqual([])
    expect(after.judging.openFindings()).toEqual(before.judging.openFindings())
    for (const { sink } of [before, after]) await sink.onBlock(blockOf(4, 9n))
    expect(after.judging.evaluations.head()).toEqual(before.judging.evaluations.head())
    expect(after.judging.evaluations.head()?.findings.map(({ rule }) => rule)).toEqual(['enough'])
  })

  it('counts only what is connected to the newest of the stored blocks', async () => {
    const { judging } = stage([0, 1, 3, 4].map((number) => blockOf(number, 10n)))
    expect((await judging.restore()).map(({ number }) => number)).toEqual([3n, 4n])
  })
})
