import { defined } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { DIGEST, dealGroup, wrongShare } from '../../test/signing.ts'
import { createSigningEngine } from '../signingEngine.ts'
import { createCoordinator } from './coordinator.ts'
import type { RoastEffect } from './effect.ts'
import { createStock } from './stock.ts'

const { group, shares } = dealGroup(4)

/** A coordinator with a stock of everybody's nonces, and what it has emitted. */
function seat() {
  const stock = createStock(group, [])
  for (const share of shares) {
    const engine = createSigningEngine(share, {
      next: () => 0,
      bytes: (count) => new Uint8Array(count).fill(share.self + 1),
    })
    const made = engine.run({ kind: 'prepare', coordinator: 0, count: 1 })
    if (made.kind === 'prepared') stock.add(share.self, made.commitments, true)
  }
  const effects: RoastEffect[] = []
  const coordinator = createCoordinator({
    group,
    digest: DIGEST,
    stock,
    patienceMs: 10,
    emit: (effect) => effects.push(effect),
  })
  const next = { hiding: group.key, binding: group.key }
  const give = (from: number, session = 0) =>
    coordinator.receive(from, { kind: 'share', digest: DIGEST, session, share: wrongShare, next })
  return { stock, coordinator, effects, give }
}

describe('coordinator', () => {
  it('asks as many as must sign, and times them only once they may answer', () => {
    const { coordinator, effects } = seat()
    coordinator.proceed()
    coordinator.proceed()
    expect(effects.map(({ kind }) => kind)).toEqual(['send', 'send', 'send'])
    coordinator.expect()
    coordinator.expect()
    expect(effects.slice(3)).toEqual([
      { kind: 'timer', timer: { kind: 'patience', digest: DIGEST, session: 0 }, delayMs: 10 },
    ])
  })

  it('hears each signer of a session once, and nobody else', () => {
    const { coordinator, give } = seat()
    coordinator.proceed()
    expect([give(0), give(0), give(3), give(1, 7), give(1)]).toEqual([true, false, false, false, true])
  })

  it('looks at the sum when all is there, and at single shares when time is up', () => {
    const whole = seat()
    whole.coordinator.proceed()
    for (const from of [0, 1]) whole.give(from)
    expect(whole.effects.filter(({ kind }) => kind === 'job')).toEqual([])
    whole.give(2)
    expect(whole.effects.at(-1)).toMatchObject({ kind: 'job', job: { kind: 'check', shares: { length: 3 } } })
    const late = seat()
    late.coordinator.proceed()
    late.give(1)
    late.coordinator.runOut(0)
    expect(late.effects.at(-1)).toMatchObject({ kind: 'job', job: { shares: [{ guardian: 1 }] } })
    late.give(2)
    expect(late.effects.at(-1)).toMatchObject({ kind: 'job', job: { shares: [{ guardian: 2 }] } })
  })

  it('bans cheaters for whatever comes after, and asks the slow last', () => {
    const { stock, coordinator, effects, give } = seat()
    coordinator.proceed()
    give(1)
    coordinator.runOut(0)
    const result = {
      kind: 'checked',
      session: 0,
      digest: DIGEST,
      honest: [],
      cheaters: [1],
      signature: null,
    } as const
    expect(coordinator.checked(result)).toBeNull()
    coordinator.checked(result)
    expect(effects.filter(({ kind }) => kind === 'banned')).toHaveLength(1)
    expect(stock.isBanned(1)).toBe(true)
    const commitment = defined(stock.take(3), 'nonces')
    for (const member of group.members) stock.add(member, [commitment], true)
    expect(stock.available()).toEqual([3, 0, 2])
  })

  it('does nothing any more once there is a signature', () => {
    const { coordinator, effects, give } = seat()
    coordinator.proceed()
    coordinator.close()
    const before = effects.length
    for (const from of [0, 1, 2]) give(from)
    coordinator.runOut(0)
    coordinator.proceed()
    expect(effects).toHaveLength(before)
  })
})
