import { describe, expect, it } from 'vitest'
import { type Bent, babbles, cheats, expectSigned, isDead, play, stalls } from '../../test/arena.ts'

const none = new Map<number, Bent>()

describe('signing', () => {
  it.each([4, 7, 10])('of %i guardians takes one session when all are well', (n) => {
    const outcome = play({ n, seed: 1, faulty: none, leader: 2, patient: true })
    expectSigned(outcome, none, 1)
    expect([...outcome.sessions]).toEqual([[2, 1]])
  })

  it('with FROST itself, past one who cheats and one who stalls', () => {
    const faulty = new Map<number, Bent>([
      [0, cheats],
      [3, stalls],
    ])
    const outcome = play({ n: 7, seed: 3, faulty, leader: 1, real: true, patient: true })
    expectSigned(outcome, faulty, 3)
    expect([...(outcome.banned.get(1) ?? [])]).toEqual([0])
    expect(outcome.sessions.get(1)).toBe(2)
  })

  it('goes on under the next coordinator when the first is dead or does nothing', () => {
    for (const [fault, act] of Object.entries({ isDead, babbles })) {
      const faulty = new Map<number, Bent>([[1, act]])
      const outcome = play({ n: 4, seed: 5, faulty, leader: 1, patient: true })
      expectSigned(outcome, faulty, 5)
      expect(outcome.sessions.has(2), fault).toBe(true)
    }
  })

  it('goes on after restarts: nonces that are gone are replaced on both sides', () => {
    for (const leader of [0, 1]) {
      const outcome = play({
        n: 4,
        seed: 6,
        faulty: none,
        leader,
        restarted: [1, 2],
        real: true,
        patient: true,
      })
      expectSigned(outcome, none, 6)
      expect([...outcome.sessions]).toEqual([[leader, 1]])
    }
  })

  it('asks nobody again who was banned before', () => {
    const faulty = new Map<number, Bent>([[0, cheats]])
    const outcome = play({ n: 4, seed: 7, faulty, leader: 1, banned: [0], patient: true })
    expectSigned(outcome, faulty, 7)
    expect([...outcome.sessions]).toEqual([[1, 1]])
  })

  it('bans who publishes nonces that are no points, without a session for it', () => {
    const broken: Bent = (message) =>
      message.kind === 'nonces'
        ? {
            ...message,
            commitments: message.commitments.map((one) => ({ ...one, binding: `0x02${'ff'.repeat(32)}` })),
          }
        : message
    const faulty = new Map<number, Bent>([[0, broken]])
    const outcome = play({ n: 4, seed: 8, faulty, leader: 1, patient: true })
    expectSigned(outcome, faulty, 8)
    expect([...outcome.sessions]).toEqual([[1, 1]])
    expect([...(outcome.banned.get(1) ?? [])]).toEqual([0])
  })

  it('does not happen before the log says so: fewer than t who know it give no signature', () => {
    const outcome = play({ n: 4, seed: 9, faulty: none, leader: 0, uninformed: [1, 2] })
    for (const given of outcome.signatures.values()) expect(given).toEqual([])
  })

  it('does not happen with fewer than t honest members', () => {
    const faulty = new Map<number, Bent>([
      [1, isDead],
      [2, isDead],
    ])
    const outcome = play({ n: 4, seed: 2, faulty, leader: 0 })
    expect(outcome.signatures.get(0)).toEqual([])
  })
})
