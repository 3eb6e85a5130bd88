import { describe, expect, it } from 'vitest'
import {
  agreed,
  expectToSign,
  FAULTS,
  type Fault,
  hold,
  join,
  seedOf,
  sessionOf,
  silent,
  silentAfter,
} from '../../test/ceremony.ts'
import { Point, readPoint } from '../group.ts'
import { decodeDkgMessage, encodeDkgMessage } from './message.ts'
import { createAttemptSecret } from './secret.ts'
import { attemptContext } from './session.ts'

describe('key generation', () => {
  it.each([4, 7, 10])('gives %i guardians one key, and any t of them can sign, fewer cannot', (n) => {
    const { group, shares, status } = agreed(hold({ session: sessionOf(n) }))
    expect(status).toMatchObject({ phase: 'done', attempt: 0, excluded: [] })
    expect(group?.members).toHaveLength(n)
    expect(shares).toHaveLength(n)
    for (const seed of [1, 2, 3]) expectToSign(shares, seed)
  })

  it.each(Object.entries(FAULTS))('excludes who %s, and begins anew without it', (_what, [fault, act]) => {
    const { group, shares, status } = agreed(hold({ session: sessionOf(4), faults: new Map([[2, act]]) }))
    expect(status).toMatchObject({ phase: 'done', attempt: 1, members: [0, 1, 3] })
    expect(status?.excluded).toEqual([{ guardian: 2, attempt: 0, fault }])
    expect(group?.members).toEqual([0, 1, 3])
    expectToSign(shares, 1)
  })

  it('fails when fewer are left than must sign', () => {
    const faults = new Map([
      [1, silent],
      [2, silent],
    ])
    const { group, shares, status } = agreed(hold({ session: sessionOf(4), faults }))
    expect(status).toMatchObject({ phase: 'failed' })
    expect({ group, shares }).toEqual({ group: null, shares: [] })
  })

  it('keeps a member that gives no verdict, but not a group of too few verdicts', () => {
    const mute = silentAfter('verdict')
    const one = agreed(hold({ session: sessionOf(4), faults: new Map([[0, mute]]) }))
    expect(one.status).toMatchObject({ phase: 'done', attempt: 0, excluded: [] })
    expect(one.shares).toHaveLength(4)
    const two = hold({ session: sessionOf(4), faults: new Map([0, 1].map((who) => [who, mute])) })
    expect(agreed(two).status).toMatchObject({ phase: 'failed' })
  })

  it('takes no second message of a kind from a member, and none of another round or attempt', () => {
    const { all, blocks } = hold({ session: sessionOf(4), faults: new Map([[3, silentAfter('shares')]]) })
    const seen = blocks.flatMap(({ messages }) => messages)
    // Everything that was ever written comes again in each block, from everybody.
    const noisy = blocks.map(({ position, messages }) => ({
      position,
      messages: [
        ...messages,
        ...seen.filter(({ from }) => from !== 3),
        { from: 200, message: Uint8Array.of(1, 2) },
        { from: 3, message: Uint8Array.of(9) },
      ],
    }))
    const reader = join(sessionOf(4), 0)
    for (const block of noisy) reader.step(block)
    expect(reader.status()).toEqual(all[0]?.status())
    expect(reader.group()).toEqual(all[0]?.group())
  })

  it('hears the first of two deals that a member makes, whatever the second would do', () => {
    const session = sessionOf(4)
    const context = attemptContext(session, 0, [0, 1, 2, 3])
    const other = createAttemptSecret({ seed: seedOf(99), context, self: 3, threshold: 3 }).deal(0)
    const second = { from: 3, message: encodeDkgMessage(other) }
    const { status } = agreed(hold({ session, arrange: (messages) => [...messages, second] }))
    expect(status).toMatchObject({ phase: 'done', attempt: 0, excluded: [] })
    const { status: reversed } = agreed(hold({ session, arrange: (messages) => [second, ...messages] }))
    expect(reversed?.excluded).toEqual([{ guardian: 3, attempt: 0, fault: 'wrongShare' }])
  })

  it('survives a restart at any block: the same log and seed give the same messages and share', () => {
    const session = sessionOf(4)
    const { all, blocks } = hold({ session, faults: new Map([[3, silentAfter('shares')]]) })
    for (let cut = 0; cut <= blocks.length; cut++) {
      const [before, after] = [join(session, 1), join(session, 1)]
      for (const block of blocks.slice(0, cut)) before.step(block)
      before.wanted()
      for (const block of blocks.slice(0, cut)) after.step(block)
      expect(after.wanted()).toEqual(before.wanted())
    }
    const again = join(session, 1)
    for (const block of blocks) again.step(block)
    expect(again.share()).toEqual(all[1]?.share())
  })

  it('gives another key in another epoch, attempt or session, from the same seeds', () => {
    const sessions = [
      sessionOf(4),
      sessionOf(4, { epoch: 8n }),
      sessionOf(4, { chainId: 2n }),
      sessionOf(4, { start: 6n }),
    ]
    const keys = sessions.map((session) => hold({ session }).all[0]?.group()?.key)
    keys.push(hold({ session: sessionOf(4), faults: new Map([[3, silent]]) }).all[0]?.group()?.key)
    expect(new Set(keys).size).toBe(5)
  })

  it('takes no package over from another session: its proofs are bound to where they were made', () => {
    const other =
      hold({ session: sessionOf(4, { epoch: 6n }) }).blocks[0]?.messages[2]?.message ?? new Uint8Array()
    const reader = join(sessionOf(4), 0)
    reader.step({ position: 5n, messages: [{ from: 2, message: other }] })
    for (const position of [6n, 7n, 8n]) reader.step({ position, messages: [] })
    expect(reader.status().excluded).toContainEqual({ guardian: 2, attempt: 0, fault: 'invalidDeal' })
  })

  it('convicts who proves the common point, but complains about a share that was right', () => {
    const session = sessionOf(4)
    const [first] = hold({ session }).blocks
    const deal = decodeDkgMessage(first?.messages[1]?.message ?? new Uint8Array())
    const key = deal.kind === 'deal' ? readPoint(deal.encryptionKey) : null
    const context = attemptContext(session, 0, [0, 1, 2, 3])
    const secret = createAttemptSecret({ seed: seedOf(2), context, self: 2, threshold: 3 })
    const complaint = secret.complain(1, key ?? Point.BASE)
    const lie: Fault = (m) => (m.kind === 'verdict' ? { ...m, complaints: [complaint] } : m)
    const { status } = agreed(hold({ session, faults: new Map([[2, lie]]) }))
    expect(status?.excluded).toEqual([{ guardian: 2, attempt: 0, fault: 'falseComplaint' }])
    // The same from somebody else: the point is not that one's, nor the proof.
    const echo = agreed(hold({ session, faults: new Map([[3, lie]]) }))
    expect(echo.status?.excluded).toEqual([{ guardian: 3, attempt: 0, fault: 'falseComplaint' }])
  })

  it('leaves a member without a share of its own if it was dealt a wrong one and did not say so', () => {
    const faults = new Map<number, Fault>([
      [1, FAULTS['sends one a share that does not open']?.[1] ?? silent],
      [0, silentAfter('verdict')],
    ])
    const { group, shares } = agreed(hold({ session: sessionOf(4), faults }))
    expect(group?.members).toEqual([0, 1, 2, 3])
    expect(shares.map(({ self }) => self)).toEqual([1, 2, 3])
  })

  it.each([
    [{ threshold: 1 }, /threshold is not between 2/],
    [{ threshold: 5 }, /threshold is not between 2/],
    [{ threshold: 2 }, /a minority could sign/],
    [{ guardians: 200, threshold: 190 }, /at most 128 guardians/],
    [{ roundBlocks: 0n }, /a round has 0 blocks/],
  ])('refuses a session of %o', (change, reason) => {
    expect(() => join(sessionOf(4, change), 0)).toThrow(reason)
  })
})
