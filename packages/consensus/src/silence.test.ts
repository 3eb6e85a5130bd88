import type { Hex } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { payload, startedTable, type Table, votesOf } from '../test/table.ts'
import { type LogRecord, RULES } from './index.ts'

const NONCE: Hex = `0x${'0a'.repeat(32)}`

/** Guardian 3's machine comes back with another log. */
function restart(table: Table, log: readonly LogRecord[], isLost: boolean): void {
  const { log: present } = table.seat(3)
  present.splice(0, present.length, ...log)
  table.seat(3).absent = true
  table.doubt = { nonce: NONCE, isLost }
  table.start(3)
}
const statusOf = (table: Table) => table.seat(3).core.status()
/** The view's leader says nothing: the others let it pass, after a short heartbeat and a whole one. */
const pass = (table: Table) => {
  table.fire('heartbeat')
  table.fire('heartbeat')
  table.fire('leader')
}
/** Views go by, one payload each. */
const order = (table: Table, ...texts: readonly string[]) => {
  for (const text of texts) table.offer(0, payload(text))
}

describe('a guardian whose log is lost', () => {
  it('keeps silent up to the view behind the one that the others are in, follows, and votes from then on', () => {
    const table = startedTable(4)
    order(table, 'a', 'b')
    restart(table, [], true)
    expect(statusOf(table)).toMatchObject({ view: 3n, silentBelow: 5n })
    pass(table)
    order(table, 'c', 'd')
    expect(votesOf(table.seat(3)).map(({ view }) => view)).toEqual([5n, 5n])
    expect(statusOf(table)).toMatchObject({ view: 6n, finalized: { view: 5n } })
    expect(statusOf(table).silentBelow).toBeUndefined()
  })

  it('proposes nothing meanwhile: the others go round it', () => {
    const table = startedTable(4)
    order(table, 'a')
    table.isLost = (_from, _to, message) => message.kind === 'position'
    order(table, 'b')
    restart(table, [], true)
    expect(statusOf(table)).toMatchObject({ leader: 3, silentBelow: null })
    table.offer(3, payload('x'))
    pass(table)
    expect(
      table.seat(3).effects.some((each) => each.kind === 'send' && each.message.kind === 'propose'),
    ).toBe(false)
    order(table, 'c')
    expect(table.seat(0).core.status().finalized.view).toBeGreaterThan(3n)
    expect(votesOf(table.seat(3))).toEqual([])
  })

  it('asks again until 2f + 1 others have answered this start', () => {
    const table = startedTable(4)
    order(table, 'a')
    let answers = 0
    table.isLost = (_from, to, { kind }) => kind === 'position' && to === 3 && ++answers === 1
    restart(table, [], true)
    expect(statusOf(table).silentBelow).toBeNull()
    table.fire('position', 3)
    expect(statusOf(table).silentBelow).toBe(4n)
  })

  it('takes no answer to another question, nor one that proves nothing', () => {
    const table = startedTable(4)
    order(table, 'a')
    table.isLost = (_from, _to, { kind }) => kind === 'position'
    restart(table, [], true)
    const answer = (nonce: Hex, isForged: boolean) => {
      for (const from of [0, 1, 2]) {
        const certificate = isForged
          ? {
              kind: 1 as const,
              view: 900n,
              digest: `0x${'00'.repeat(32)}` as Hex,
              bitmap: 7n,
              signatures: new Uint8Array(192),
            }
          : null
        table.feed(3, { kind: 'message', from, message: { kind: 'position', nonce, certificate } })
      }
    }
    answer(`0x${'0b'.repeat(32)}`, false)
    answer(NONCE, true)
    expect(statusOf(table).silentBelow).toBeNull()
  })

  it('remembers that it is silent over further restarts, until it knows from which view it may vote, and that too', () => {
    const table = startedTable(4)
    order(table, 'a')
    table.isLost = (_from, _to, { kind }) => kind === 'position'
    restart(table, [], true)
    restart(table, [...table.seat(3).log], false)
    expect(statusOf(table).silentBelow).toBeNull()
    table.isLost = () => false
    restart(table, [...table.seat(3).log], false)
    expect(statusOf(table).silentBelow).toBe(4n)
    restart(table, [...table.seat(3).log], false)
    expect(statusOf(table).silentBelow).toBe(4n)
    restart(table, table.seat(3).core.checkpoint(), false)
    expect(statusOf(table).silentBelow).toBe(4n)
  })

  it('does not tell others which view it is in, for it may have been further', () => {
    const table = startedTable(4)
    order(table, 'a')
    table.isLost = (_from, _to, { kind }) => kind === 'position'
    restart(table, [], true)
    table.feed(3, { kind: 'message', from: 0, message: { kind: 'askPosition', nonce: NONCE } })
    expect(
      table.seat(3).effects.some((each) => each.kind === 'send' && each.message.kind === 'position'),
    ).toBe(false)
  })

  it('need not keep silent when it is alone: nobody has seen a vote of it', () => {
    const table = startedTable(1)
    table.doubt = { nonce: NONCE, isLost: true }
    table.seat(0).log.length = 0
    table.start(0)
    order(table, 'a')
    expect(table.seat(0).finalized).toHaveLength(1)
  })
})

describe('a guardian with an older copy of its log', () => {
  it('finds its own votes in the others’ certificates, and keeps silent', () => {
    const table = startedTable(4)
    order(table, 'a')
    const older = [...table.seat(3).log]
    order(table, 'b', 'c')
    restart(table, older, false)
    expect(statusOf(table)).toMatchObject({ view: 4n, silentBelow: 6n })
    restart(table, [...table.seat(3).log], false)
    expect(statusOf(table)).toMatchObject({ view: 4n, silentBelow: 6n })
    order(table, 'd', 'e', 'f')
    expect(votesOf(table.seat(3)).map(({ view }) => view)).toEqual([6n, 6n])
  })

  it('does not take votes for forgotten that its log has, however often it restarts', () => {
    const table = startedTable(4)
    for (const text of ['a', 'b', 'c']) {
      order(table, text)
      restart(table, [...table.seat(3).log], false)
      expect(statusOf(table).silentBelow).toBeUndefined()
    }
  })
})

describe('the safe point', () => {
  it('lies two views above the highest that 2f + 1 others are in, and is unknown before', () => {
    expect(RULES.safeView([7n, 3n], 4)).toBeNull()
    expect(RULES.safeView([7n, 3n, 5n], 4)).toBe(9n)
    expect(RULES.safeView([1n, 2n, 3n, 4n], 7)).toBeNull()
    expect(RULES.safeView([2n], 3)).toBe(4n)
  })
})
