import { BaseError } from '@breakwater/kernel'
import { describe, expect, test } from 'vitest'
import { createVirtualClock } from '../test/world.ts'
import { type Answer, consult, type Question, type Round } from './consult.ts'

const GRACE_MS = 1_000
const mismatch = new BaseError('CHAIN_RECEIPTS_MISMATCH', 'forged receipts')
const timeout = new BaseError('CHAIN_RPC_TIMEOUT', 'no answer')

/** What a provider says: at each time from `fromMs` on, after `takesMs`. */
type Script = readonly { fromMs?: number; takesMs?: number; says: string | null | BaseError | 'silence' }[]

const weigh = (answers: ReadonlyMap<string, string>): Answer<string> | string | null => {
  const values = [...answers.values()].map((answer) => answer.replace('part of ', ''))
  if (new Set(values).size > 1) return [...answers].map((pair) => pair.join(' says ')).join(', ')
  const whole = [...answers.values()].filter((answer) => !answer.startsWith('part of '))
  return whole[0] === undefined ? null : { value: whole[0], voices: whole.length }
}

async function play(scripts: Record<string, Script>, signal = new AbortController().signal) {
  const clock = createVirtualClock()
  const asked: string[] = []
  const question: Question<string> = {
    what: 'block 5',
    isWhole: (answer) => !answer.startsWith('part of '),
    weigh,
    async ask(label, ending) {
      asked.push(label)
      const line = (scripts[label] ?? []).findLast(({ fromMs = 0 }) => clock.nowMs() >= fromMs)
      if (line === undefined) throw new Error('no line')
      const { takesMs = 1, says } = line
      await clock.sleep(says === 'silence' ? Number.MAX_SAFE_INTEGER : takesMs, ending)
      ending.throwIfAborted()
      if (says instanceof BaseError) throw says
      return says
    },
  }
  let result: { round: Round<string>; atMs: number } | { error: unknown } | null = null
  consult(Object.keys(scripts), question, { graceMs: GRACE_MS, clock, signal }).then(
    (round) => {
      result = { round, atMs: clock.nowMs() }
    },
    (error) => {
      result = { error }
    },
  )
  await clock.runUntil(() => result !== null, 100_000)
  const done = result as { round: Round<string>; atMs: number } | null
  if (done === null || 'error' in done)
    throw (done as { error: unknown } | null)?.error ?? new Error('never ended')
  const { outcome, standings } = done.round
  return {
    atMs: done.atMs,
    asked,
    outcome: outcome instanceof BaseError ? outcome.code : outcome,
    message: outcome instanceof BaseError ? outcome.shortMessage : '',
    states: [...standings.values()].map(({ state }) => state).join(),
  }
}

const says = (answer: Script[number]['says'], takesMs = 1): Script => [{ says: answer, takesMs }]

test('all that say the same are an answer, as soon as the last has said it', async () => {
  expect(await play({ a: says('x', 5), b: says('x', 70), c: says('x', 30) })).toMatchObject({
    outcome: { value: 'x', voices: 3 },
    atMs: 70,
    states: 'clear,clear,clear',
  })
  expect(await play({ a: says('x') })).toMatchObject({ outcome: { value: 'x', voices: 1 }, asked: ['a'] })
})

test('who gets the block a moment later is waited for', async () => {
  const late: Script = [{ says: null }, { fromMs: 400, says: 'x' }]
  const result = await play({ a: says('x'), b: late })
  expect(result).toMatchObject({ outcome: { value: 'x', voices: 2 }, states: 'clear,clear' })
  expect(result.atMs).toBeLessThan(700)
  expect(result.asked.filter((label) => label === 'a')).toHaveLength(1)
})

test('two heads for a moment are normal: both are asked again until they agree', async () => {
  const moving: Script = [{ says: 'y' }, { fromMs: 300, says: 'x' }]
  expect(await play({ a: says('x'), b: moving })).toMatchObject({ outcome: { value: 'x', voices: 2 } })
})

describe('after the grace time', () => {
  test('a disagreement is a conflict, however many are on one side', async () => {
    const result = await play({ a: says('x'), b: says('y'), c: says('x') })
    expect(result).toMatchObject({ outcome: 'CHAIN_CONFLICT', states: 'conflict,conflict,conflict' })
    expect(result.message).toContain('b says y')
    expect(result.atMs).toBeGreaterThanOrEqual(GRACE_MS)
  })

  test('a provider that contradicts itself is a conflict too, alone or beside honest ones', async () => {
    expect(await play({ a: says('x'), b: says(mismatch) })).toMatchObject({
      outcome: 'CHAIN_CONFLICT',
      states: 'clear,conflict',
    })
    expect(await play({ a: says(mismatch) })).toMatchObject({ outcome: 'CHAIN_CONFLICT', states: 'conflict' })
  })

  test('who has nothing, fails or hangs is left out', async () => {
    expect(await play({ a: says('x'), b: says(null), c: says(timeout), d: says('silence') })).toMatchObject({
      outcome: { value: 'x', voices: 1 },
      states: 'clear,behind,down,down',
      atMs: 1 + GRACE_MS,
    })
  })

  test('who has only a part can contradict, but not vouch', async () => {
    expect(await play({ a: says('x'), b: says('part of x') })).toMatchObject({
      outcome: { value: 'x', voices: 1 },
      states: 'clear,behind',
    })
    expect(await play({ a: says('x'), b: says('part of y') })).toMatchObject({
      outcome: 'CHAIN_CONFLICT',
      states: 'conflict,conflict',
    })
    expect(await play({ a: says('part of x') })).toMatchObject({ outcome: 'CHAIN_ABSENT', states: 'behind' })
  })

  test('nobody having it is no conflict', async () => {
    expect(await play({ a: says(null), b: says(null) })).toMatchObject({
      outcome: 'CHAIN_ABSENT',
      states: 'behind,behind',
    })
  })

  test('nobody answering says why', async () => {
    const result = await play({ a: says(timeout), b: says(timeout) })
    expect(result).toMatchObject({ outcome: 'CHAIN_UNREACHABLE', states: 'down,down' })
    expect(result.message).toContain('no answer')
  })

  test('a slow provider is better than none', async () => {
    expect(await play({ a: says('x', 4_000), b: says(timeout) })).toMatchObject({
      outcome: { value: 'x', voices: 1 },
      atMs: 4_000,
      states: 'clear,down',
    })
    expect(await play({ a: says('x', 4_000) })).toMatchObject({ outcome: { value: 'x', voices: 1 } })
  })

  test('a slow contradiction is still heard', async () => {
    expect(await play({ a: says('x', 4_000), b: says('y', 4_500) })).toMatchObject({
      outcome: 'CHAIN_CONFLICT',
    })
  })
})

test('a provider on another chain ends it at once', async () => {
  const wrong = new BaseError('CHAIN_WRONG_ID', 'chain 1')
  expect(await play({ a: says('x', 500), b: says(wrong) })).toMatchObject({
    outcome: 'CHAIN_WRONG_ID',
    atMs: 1,
  })
})

test('who recovers within the grace time counts', async () => {
  const recovering: Script = [{ says: timeout }, { fromMs: 200, says: 'x' }]
  expect(await play({ a: says('x'), b: recovering })).toMatchObject({ outcome: { value: 'x', voices: 2 } })
})

test('ends with the reason of its signal', async () => {
  const controller = new AbortController()
  const playing = play({ a: says('silence') }, controller.signal)
  controller.abort(new Error('enough'))
  await expect(playing).rejects.toThrow('enough')
})
