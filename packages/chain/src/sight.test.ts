import { BaseError } from '@breakwater/kernel'
import { describe, expect, test } from 'vitest'
import type { Standing } from './consult.ts'
import type { Panel } from './panel.ts'
import { isSameSight, judgeSight, type Sight, type Watch } from './sight.ts'

const block = (number: bigint) => ({
  number,
  hash: `0x${number.toString(16).padStart(64, '0')}` as const,
  parentHash: `0x${'00'.repeat(32)}` as const,
  timestampSeconds: number,
})

function watchOf(states: readonly Standing['state'][], more: Partial<Watch> = {}, top = 100n): Watch {
  const members = states.map((state, i) => [
    `node${i}`,
    { standing: { state, reason: state === 'clear' ? null : `is ${state}` }, head: { ref: block(top) } },
  ])
  const panel = { members: new Map(members as never), top: () => ({ ref: block(top) }) } as unknown as Panel
  return {
    panel,
    head: block(100n),
    hasStarted: true,
    trouble: null,
    finalityTrouble: null,
    movedAtMs: 0,
    staleMs: 1_000,
    isUnverified: false,
    ...more,
  }
}
const judged = (watch: Watch, nowMs = 500) => {
  const { state, reason } = judgeSight(watch, null, nowMs)
  return [state, reason]
}
const trouble = new BaseError('CHAIN_CONFLICT', 'a says x, b says y', { hint: 'remove one' })

describe('the sight is', () => {
  test('clear when all providers vouch for a fresh head', () => {
    expect(judged(watchOf(['clear', 'clear']))).toEqual(['clear', ''])
    expect(judged(watchOf(['clear'], {}, 108n))).toEqual(['clear', ''])
  })

  test('behind while old blocks are delivered', () => {
    expect(judged(watchOf(['clear'], {}, 109n))).toEqual(['behind', 'catching up with the chain'])
  })

  test.each(['behind', 'down', 'starting'] as const)('behind when one of two providers is %s', (state) => {
    const [sight, reason] = judged(watchOf(['clear', state]))
    expect([sight, reason]).toEqual([
      'behind',
      `1 of 2 providers vouch for the newest block: node1: is ${state}`,
    ])
  })

  test('behind when finality is unknown', () => {
    expect(judged(watchOf(['clear'], { finalityTrouble: trouble }))[0]).toBe('behind')
  })

  test('blind when a block cannot be read, with the reason and without the hint', () => {
    expect(judged(watchOf(['clear', 'clear'], { trouble }))).toEqual(['blind', 'a says x, b says y'])
  })

  test('blind when a provider contradicts, when none answers, and when no block comes', () => {
    expect(judged(watchOf(['clear', 'conflict']))).toEqual(['blind', 'node1: is conflict'])
    expect(judged(watchOf(['down', 'down']))[0]).toBe('blind')
    expect(judged(watchOf(['clear']), 1_000)[0]).toBe('clear')
    expect(judged(watchOf(['clear']), 1_001)).toEqual([
      'blind',
      expect.stringContaining('no new block for more than 1000 ms'),
    ])
  })

  test('starting until there is a block, unless something is wrong', () => {
    expect(judged(watchOf(['starting'], { head: null, hasStarted: false }))[0]).toBe('starting')
    expect(judged(watchOf(['down'], { head: null, hasStarted: false }))[0]).toBe('blind')
    expect(judged(watchOf(['starting'], { head: null, hasStarted: false }), 2_000)[0]).toBe('blind')
  })
})

test('a state is as old as its first moment', () => {
  const first = judgeSight(watchOf(['clear']), null, 100)
  const second = judgeSight(watchOf(['clear']), first, 200)
  const third = judgeSight(watchOf(['clear'], { trouble }), second, 300)
  expect([first, second, third].map(({ sinceMs }) => sinceMs)).toEqual([100, 100, 300])
})

test('a moving head is no news, all else is', () => {
  const sight = judgeSight(watchOf(['clear', 'clear']), null, 100)
  const same = (other: Sight) => isSameSight(sight, other)
  expect(same(judgeSight(watchOf(['clear', 'clear'], {}, 101n), sight, 200))).toBe(true)
  expect(same(judgeSight(watchOf(['clear', 'down']), sight, 200))).toBe(false)
  expect(same({ ...sight, isUnverified: true })).toBe(false)
  expect(same({ ...sight, reason: 'other' })).toBe(false)
})
