import { BaseError } from '@breakwater/kernel'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { factsOf, findingOf, hashOf } from '../../test/blocks.ts'
import { createVirtualClock } from '../../test/clock.ts'
import { createEvents, type GuardianEvent, type Incident } from '../events.ts'
import { createMetrics } from '../metrics.ts'
import type { Message } from './channel.ts'
import { startNotifier } from './notifier.ts'

const finding = findingOf(factsOf(1), 'invariant:r')
const alert = (change: 'opened' | 'resolved' | 'retracted'): GuardianEvent => ({
  type: 'alert',
  change,
  finding,
})
const incident = (status: Incident['status']): GuardianEvent => ({
  type: 'incident',
  incident: {
    ...{ id: hashOf(1), rule: 'pause', target: 'vault', level: 3, status, findings: [], signers: 3 },
    ...{ anchorNumber: 2n ** 60n, anchorHash: hashOf(2), untilSeconds: 0n, txHash: null, openedAtMs: 1 },
  },
})
const sight = (state: 'starting' | 'clear' | 'blind', sinceMs = 0): GuardianEvent => ({
  type: 'sight',
  sight: { state, reason: '', sinceMs, isUnverified: false, providers: [] },
})
const reorg: GuardianEvent = { type: 'reorg', removed: 1, toNumber: 1n }
const carried: GuardianEvent = { type: 'carried', id: hashOf(1), txHash: hashOf(7) }
const block: GuardianEvent = {
  ...{ type: 'block', number: 1n, hash: hashOf(1), timestampSeconds: 0n, txs: 0, findings: 0, unknown: [] },
}

function stage() {
  const clock = createVirtualClock(1000)
  const messages: Message[] = []
  const entries: { kind: string; body: unknown }[] = []
  const failed: unknown[] = []
  const state = { putFails: null as BaseError | null, auditFails: false, putMs: 0 }
  const events = createEvents((error) => failed.push(error))
  const metrics = createMetrics()
  const notifier = startNotifier({
    ...{ guardian: '0x01', protocol: 'Harbor', events, metrics, clock, log: pino({ level: 'silent' }) },
    outbox: {
      async put(message) {
        if (state.putFails !== null) throw state.putFails
        if (state.putMs > 0) await clock.sleep(state.putMs)
        messages.push(message)
      },
      trouble: () => (state.putFails?.code === 'NODE_WAL_IO' ? state.putFails : null),
      state: async () => ({ waiting: 0, oldestMs: null }),
      close: async () => {},
    },
    audit: {
      async append(kind, body) {
        if (state.auditFails) throw new Error('the store is away')
        entries.push({ kind, body })
      },
    },
  })
  const keys = () => messages.map(({ key }) => key)
  return { events, notifier, messages, entries, failed, state, metrics, clock, keys }
}

describe('notifier', () => {
  it('puts what people must know into outbox and audit log, and bids into the audit log alone', async () => {
    const { events, notifier, keys, entries } = stage()
    for (const event of [block, alert('opened'), incident('agreed'), carried, sight('clear')])
      events.emit(event)
    await notifier.recorded()
    expect(keys()).toEqual([
      `alert:opened:invariant:r:${hashOf(1)}`,
      `incident:${hashOf(1)}:agreed`,
      'sight:clear:0',
    ])
    expect(entries.map(({ kind }) => kind)).toEqual(['alert', 'incident', 'carried', 'sight'])
  })

  it('writes JSON with the time of the event and numbers exact', async () => {
    const { events, notifier, messages, clock, state } = stage()
    state.putMs = 50
    events.emit(incident('agreed'))
    events.emit(incident('certified'))
    await clock.pass(200)
    await notifier.recorded()
    const bodies = messages.map(({ body }) => JSON.parse(body))
    expect(bodies[1]).toMatchObject({
      ...{ guardian: '0x01', protocol: 'Harbor', atMs: 1000, type: 'incident' },
      incident: { status: 'certified', anchorNumber: String(2n ** 60n) },
    })
  })

  it('keeps the order of the events', async () => {
    const { events, notifier, keys, clock, state } = stage()
    state.putMs = 50
    events.emit(alert('opened'))
    await clock.pass(10)
    state.putMs = 0
    events.emit(alert('resolved'))
    await clock.pass(100)
    await notifier.recorded()
    expect(keys().map((key) => key.split(':')[1])).toEqual(['opened', 'resolved'])
  })

  it('tells of a sight only when its state changes', async () => {
    const { events, notifier, keys } = stage()
    for (const event of [sight('starting'), sight('clear', 1), sight('clear', 1), sight('blind', 2)]) {
      events.emit(event)
    }
    await notifier.recorded()
    expect(keys()).toEqual(['sight:clear:1', 'sight:blind:2'])
  })

  it('gives the same event the same key, and another one after a reorganisation', async () => {
    const { events, notifier, keys } = stage()
    events.emit(incident('executed'))
    events.emit(reorg)
    events.emit(incident('executed'))
    await notifier.recorded()
    const again = stage()
    again.events.emit(incident('executed'))
    await again.notifier.recorded()
    expect(keys()).toEqual([`incident:${hashOf(1)}:executed`, `incident:${hashOf(1)}:executed:1`])
    expect(again.keys()).toEqual([`incident:${hashOf(1)}:executed`])
  })

  it('goes on when the audit log or one message fails, and counts it', async () => {
    const { events, notifier, keys, entries, state, metrics, failed } = stage()
    state.auditFails = true
    events.emit(alert('opened'))
    await notifier.recorded()
    state.auditFails = false
    state.putFails = new BaseError('NODE_MESSAGE_SIZE', 'too large')
    events.emit(alert('resolved'))
    await notifier.recorded()
    state.putFails = null
    events.emit(alert('opened'))
    await notifier.recorded()
    expect([keys().length, entries.length, failed]).toEqual([2, 2, []])
    expect(await metrics.registry.metrics()).toContain('breakwater_errors_total{part="notify"} 2')
  })

  it('says so while a crash could lose what happened, and goes on', async () => {
    const { events, notifier, state, keys } = stage()
    state.putFails = new BaseError('NODE_WAL_IO', 'no space left on device')
    events.emit(alert('opened'))
    await expect(notifier.recorded()).rejects.toBe(state.putFails)
    state.putFails = null
    events.emit(alert('resolved'))
    await notifier.recorded()
    expect(keys()).toHaveLength(1)
  })

  it('ends after what it has heard of, and hears of nothing more', async () => {
    const { events, notifier, keys, clock, state } = stage()
    state.putMs = 50
    events.emit(alert('opened'))
    const stopped = notifier.stop()
    events.emit(alert('resolved'))
    await clock.pass(100)
    await stopped
    expect(keys()).toHaveLength(1)
  })
})

describe('events', () => {
  it('reach everybody, also after one who throws', () => {
    const errors: unknown[] = []
    const events = createEvents((error) => errors.push(error))
    const heard: string[] = []
    events.subscribe(() => {
      throw new Error('a screen that fails')
    })
    const unsubscribe = events.subscribe(({ type }) => heard.push(type))
    events.emit(reorg)
    unsubscribe()
    events.emit(reorg)
    expect(heard).toEqual(['reorg'])
    expect(errors).toHaveLength(2)
  })
})
