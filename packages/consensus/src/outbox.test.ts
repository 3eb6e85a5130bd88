import { describe, expect, it } from 'vitest'
import type { CoreEffect } from './effect.ts'
import { createOutbox, type Task } from './outbox.ts'

const persist = (view: bigint, durable: boolean): CoreEffect => ({
  kind: 'persist',
  record: { kind: 'nullify', view },
  durable,
})
const entered = (view: bigint): CoreEffect => ({ kind: 'entered', view, leader: 0 })
const label = (task: Task | null) =>
  task?.kind === 'sync'
    ? `sync ${task.records.map((record) => ('view' in record ? record.view : '')).join(' ')}`
    : task?.kind === 'entered'
      ? `entered ${task.view}`
      : task

describe('an outbox', () => {
  it('gives effects in order, and none behind a durable record before its sync', () => {
    const outbox = createOutbox()
    outbox.push([entered(1n), persist(2n, true), entered(3n)])
    expect(label(outbox.take())).toBe('entered 1')
    expect(label(outbox.take())).toBe('sync 2')
    expect(label(outbox.take())).toBe('entered 3')
    expect(outbox.take()).toBeNull()
  })

  it('syncs all records that are waiting at once, in order', () => {
    const outbox = createOutbox()
    outbox.push([persist(1n, false), entered(2n), persist(3n, true), entered(4n)])
    expect(label(outbox.take())).toBe('entered 2')
    outbox.push([persist(5n, false), entered(6n), persist(7n, true), entered(8n)])
    expect(label(outbox.take())).toBe('sync 1 3 5 7')
    expect([4, 6, 8].map(() => label(outbox.take()))).toEqual(['entered 4', 'entered 6', 'entered 8'])
    expect(outbox.take()).toBeNull()
  })

  it('takes any number of effects at once, as a long log makes them, and gives each in its turn', () => {
    const outbox = createOutbox()
    const count = 300_000
    const effects = Array.from({ length: count }, (_, view) => entered(BigInt(view)))
    outbox.push([...effects, persist(0n, true), ...effects])
    expect(effects.every((effect) => outbox.take() === effect)).toBe(true)
    expect(label(outbox.take())).toBe('sync 0')
    expect(effects.every((effect) => outbox.take() === effect)).toBe(true)
    expect(outbox.take()).toBeNull()
  })

  it('does not sync for what can wait, but does not forget it', () => {
    const outbox = createOutbox()
    outbox.push([persist(1n, false), persist(2n, false)])
    expect(outbox.take()).toBeNull()
    expect(outbox.rest()).toEqual([
      { kind: 'nullify', view: 1n },
      { kind: 'nullify', view: 2n },
    ])
    expect(outbox.rest()).toEqual([])
  })
})
