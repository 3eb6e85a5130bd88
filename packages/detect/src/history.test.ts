import {
  type BlockRef,
  createSeededRng,
  type Facts,
  type Hex,
  type History,
  type Known,
  known,
  type Needs,
  NO_NEEDS,
  type Quantity,
  type Series,
  toWord,
  unknown,
} from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPast, type PastNode } from './history.ts'

const TOKEN: Hex = `0x${'aa'.repeat(20)}`
const TOPIC: Hex = `0x${'01'.repeat(32)}`
const series: Series = {
  id: 'sum',
  address: TOKEN,
  topic0: TOPIC,
  where: [],
  add: { in: 'data', index: 0, type: 'int' },
}
const needs: Needs = { ...NO_NEEDS, series: [series], past: ['tvl', 'double'], windowSeconds: 100 }

interface Step {
  seconds: number
  amount: bigint
  tvl: bigint | null
}

function factsOf(block: BlockRef, step: Step): Facts {
  const log = { address: TOKEN, topics: [TOPIC], data: toWord(step.amount) }
  return {
    block,
    txs: [{ hash: block.hash, index: 0, status: 'ok', logs: [log] }],
    calls: new Map([['tvl', step.tvl === null ? unknown('reverted') : known(step.tvl)]]),
    observed: { atMs: 0, refs: new Map() },
  }
}

function refOf(number: number, seconds: number): BlockRef {
  const hash = (n: number) => toWord(BigInt(n))
  return {
    number: BigInt(number),
    hash: hash(number),
    parentHash: hash(number - 1),
    timestampSeconds: BigInt(seconds),
  }
}

/** Folds the steps; what the last block's history answers is compared with plain loops over all of them. */
function fold(steps: readonly Step[], first: number) {
  const past = createPast(needs)
  let node: PastNode | null = null
  let history: History | undefined
  let seconds = 1000
  const blocks: { seconds: number; step: Step }[] = []
  steps.forEach((step, index) => {
    seconds += step.seconds
    blocks.push({ seconds, step })
    const values = new Map<string, Known<Quantity>>()
    const growing = past.grow(node, factsOf(refOf(first + index, seconds), step), values)
    values.set('double', step.tvl === null ? unknown('reverted') : known(step.tvl * 2n))
    history = growing.history
    node = growing.finish()
  })
  return { history: history as History, blocks, past, node: node as unknown as PastNode }
}

/** Where a stretch over the blocks begins: at the window's start, or from where on the value has been known. */
function stretchStart(blocks: readonly { step: Step }[], base: { step: Step } | undefined): number | null {
  if (base !== undefined && base.step.tvl !== null) return blocks.indexOf(base)
  const isKnown = (index: number) => blocks[index] !== undefined && blocks[index].step.tvl !== null
  // What is known up to the block before counts: this one's result changes nothing about where it began.
  let from = blocks.length - 1
  if (isKnown(from - 1)) from--
  else if (!isKnown(from)) return null
  while (isKnown(from - 1)) from--
  return base !== undefined && from <= blocks.indexOf(base) ? null : from
}

const steps = fc.array(
  fc.record({
    seconds: fc.integer({ min: 0, max: 9 }),
    amount: fc.bigInt({ min: -50n, max: 50n }),
    tvl: fc.option(fc.bigInt({ min: 0n, max: 1000n }), { freq: 20 }),
  }),
  { minLength: 1, maxLength: 80 },
)

describe('history', () => {
  it('answers like loops over all blocks', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 120 }), fc.constantFrom(0, 5), (all, window, first) => {
        const { history, blocks } = fold(all, first)
        const now = blocks.at(-1)?.seconds ?? 0
        const inside = blocks.filter((block) => block.seconds > now - window)
        const base = blocks.filter((block) => block.seconds <= now - window).at(-1)
        const sum = inside.reduce((total, block) => total + block.step.amount, 0n)
        const whole = base !== undefined || first === 0
        expect(history.sum('sum', window)).toEqual(whole ? known(sum) : unknown('warming'))
        const kept = (step: Step | undefined) =>
          step === undefined ? unknown('warming') : step.tvl === null ? unknown('reverted') : known(step.tvl)
        expect(history.ago('tvl', window)).toEqual(kept(base?.step))
        const stretch = history.stretch(['tvl'], window)
        const from = stretchStart(blocks, base)
        expect(stretch?.isWhole ?? false).toBe(base !== undefined && base.step.tvl !== null)
        if (from !== null) {
          expect(stretch?.start('tvl')).toBe(blocks[from]?.step.tvl)
          expect(stretch?.sum('sum')).toBe(
            blocks.slice(from + 1).reduce((total, { step }) => total + step.amount, 0n),
          )
        } else expect(stretch).toBeNull()
        if (window === 0) return
        const tvls = inside.map((block) => block.step.tvl)
        const present = tvls.filter((tvl) => tvl !== null).sort((a, b) => Number(b - a))
        const max = present.length < tvls.length ? null : (present[0] ?? null)
        const expected = !whole ? unknown('warming') : max === null ? unknown('reverted') : known(max * 2n)
        expect(history.extreme('max', 'double', window)).toEqual(expected)
      }),
      { numRuns: 400 },
    )
  })

  it('answers the same after everything behind the longest window was cut off', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 100 }), (all, window) => {
        const whole = fold(all, 5)
        const cut = fold(all, 5)
        cut.past.trim(cut.node)
        for (const ask of [
          (h: History) => h.sum('sum', window),
          (h: History) => h.ago('tvl', window),
          (h: History) => h.extreme('min', 'tvl', window),
        ]) {
          expect(ask(cut.history)).toEqual(ask(whole.history))
        }
      }),
    )
  })

  it('keeps no more nodes than the window holds, and finds any of them in few steps', () => {
    const rng = createSeededRng(1)
    const past = createPast(needs)
    let node: PastNode | null = null
    for (let i = 0; i < 5000; i++) {
      const step = { seconds: 1, amount: 1n, tvl: BigInt(Math.floor(rng.next() * 1000)) }
      node = past.grow(node, factsOf(refOf(i + 1, i), step), new Map()).finish()
      past.trim(node)
    }
    const reachable = new Set<PastNode>()
    const walk = [node]
    for (let at = walk.pop(); at; at = walk.pop()) {
      if (reachable.has(at)) continue
      reachable.add(at)
      if (at.parent !== null) walk.push(at.parent)
      if (at.jump !== null) walk.push(at.jump)
    }
    expect(reachable.size).toBeLessThan(130)
  })

  it('lets two branches share their past and differ in their own', () => {
    const past = createPast(needs)
    const grow = (parent: PastNode | null, number: number, amount: bigint) => {
      const growing = past.grow(
        parent,
        factsOf(refOf(number, number), { seconds: 0, amount, tvl: amount }),
        new Map(),
      )
      return { node: growing.finish(), history: growing.history }
    }
    const root = grow(null, 0, 1n)
    const left = grow(root.node, 1, 10n)
    const right = grow(root.node, 1, 100n)
    expect(left.history.sum('sum', 50)).toEqual(known(11n))
    expect(right.history.sum('sum', 50)).toEqual(known(101n))
    expect(right.history.extreme('max', 'tvl', 50)).toEqual(known(100n))
  })
})
