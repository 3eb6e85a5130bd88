import { describe, expect, it } from 'vitest'
import {
  configOf,
  DELTA_MS,
  HEARTBEAT_MS,
  payload,
  signers,
  startedTable,
  textOf,
  texts,
  votesOf,
} from '../test/table.ts'
import { assembleCertificate } from './certificate.ts'
import { type Block, blockDigest, createVoteDigest, FINALIZE, GENESIS, NOTARIZE, NULLIFY } from './index.ts'

/** View 1 is guardian 1's to lead, and so on. */
describe('a view with an honest leader', () => {
  it('finalizes what the leader offers, at everybody, with one sync per vote and one before it is handed out', () => {
    const table = startedTable(4)
    table.offer(1, payload('a'))
    for (const seat of table.seats) {
      expect(texts(seat)).toEqual(['a'])
      expect(seat.core.status()).toMatchObject({ view: 2n, leader: 2, active: false })
      const kinds = seat.effects.flatMap((effect) =>
        effect.kind === 'finalized'
          ? ['handed out']
          : effect.kind === 'persist' && effect.durable
            ? [effect.record.kind]
            : [],
      )
      expect(kinds).toEqual(['notarize', 'finalize', 'certificate', 'handed out'])
      expect(votesOf(seat).map(({ kind }) => kind)).toEqual([NOTARIZE, FINALIZE])
    }
  })

  it('orders one payload after the other, each on top of the last', () => {
    const table = startedTable(4)
    for (const text of ['a', 'b', 'c']) table.offer(0, payload(text))
    for (const seat of table.seats) expect(texts(seat)).toEqual(['a', 'b', 'c'])
  })

  it('works alone, and with two or three guardians', () => {
    for (const count of [1, 2, 3]) {
      const table = startedTable(count)
      table.offer(1 % count, payload('a'))
      for (const seat of table.seats) expect(texts(seat)).toEqual(['a'])
    }
  })

  it('takes an offer from one who does not lead, after judging it', () => {
    const table = startedTable(4)
    const judged: number[] = []
    table.judge = (guardian) => {
      judged.push(guardian)
      return 'accept'
    }
    table.offer(3, payload('a'))
    for (const seat of table.seats) expect(texts(seat)).toEqual(['a'])
    expect(judged[0]).toBe(1)
    expect([...judged].sort()).toEqual([0, 1, 2, 3])
  })

  it('does not let offers that it cannot judge keep its own waiting', () => {
    const table = startedTable(4)
    table.judge = (_guardian, block) => (textOf(block) === 'unknown' ? null : 'accept')
    table.offer(3, payload('unknown'))
    table.offer(1, payload('a'))
    for (const seat of table.seats) expect(texts(seat)).toEqual(['a'])
  })

  it('hears the others first with an own offer that was tried in vain, but not for long', () => {
    const table = startedTable(4)
    table.judge = (guardian) => (guardian === 1 ? 'accept' : 'abstain')
    table.offer(1, payload('a'))
    table.fire('advance')
    table.judge = () => 'accept'
    table.offer(2, payload('b'))
    while (table.seat(1).core.status().leader !== 1) table.fire('heartbeat')
    const { core, timers } = table.seat(1)
    expect(core.status()).toMatchObject({ view: 5n, leader: 1 })
    table.judge = (_guardian, block) => (textOf(block) === 'unknown' ? null : 'accept')
    table.offer(3, payload('unknown'))
    table.offer(1, payload('a'))
    expect(core.status().view).toBe(5n)
    expect(timers.get('hear')?.delayMs).toBe(DELTA_MS)
    table.fire('hear', 1)
    expect(table.seats.map((seat) => texts(seat).at(-1))).toEqual(['a', 'a', 'a', 'a'])
  })

  it('finalizes with one guardian absent, and not with two', () => {
    const table = startedTable(4)
    table.seat(3).absent = true
    table.offer(1, payload('a'))
    expect(texts(table.seat(0))).toEqual(['a'])
    table.seat(2).absent = true
    table.offer(0, payload('b'))
    table.fire('leader')
    table.fire('advance')
    expect(texts(table.seat(0))).toEqual(['a'])
    expect(table.seat(0).core.status().view).toBe(2n)
  })
})

describe('judging', () => {
  it('never votes for what it has not judged', () => {
    const table = startedTable(4)
    table.judge = (guardian) => (guardian === 0 ? null : 'accept')
    table.offer(1, payload('a'))
    expect(votesOf(table.seat(0)).map(({ kind }) => kind)).toEqual([FINALIZE])
    expect(texts(table.seat(0))).toEqual(['a'])
  })

  it('nullifies at once what it rejects, and goes on with the next leader', () => {
    const table = startedTable(4)
    table.judge = (guardian) => (guardian === 1 ? 'accept' : 'reject')
    table.offer(1, payload('a'))
    expect(votesOf(table.seat(0)).map(({ kind }) => kind)).toEqual([NULLIFY])
    expect(table.seats.map(({ core }) => core.status().view)).toEqual([2n, 2n, 2n, 2n])
  })

  it('does not vote when it cannot tell; the view passes by its timer', () => {
    const table = startedTable(4)
    table.judge = (guardian) => (guardian === 1 ? 'accept' : 'abstain')
    table.offer(1, payload('a'))
    expect(votesOf(table.seat(0))).toEqual([])
    table.fire('advance')
    expect(table.seat(0).core.status().view).toBe(2n)
  })

  it('gets the blocks since the last finalized one as context', () => {
    const table = startedTable(4)
    table.isLost = (_from, _to, message) => message.kind === 'vote' && message.vote.kind === FINALIZE
    table.offer(1, payload('a'))
    table.offer(2, payload('b'))
    const judges = table.seat(0).effects.filter((effect) => effect.kind === 'judge')
    expect(judges.map(({ ancestors }) => ancestors.length)).toEqual([0, 1])
  })

  it('accepts a heartbeat without judging', () => {
    const table = startedTable(4)
    table.judge = () => 'reject'
    table.fire('heartbeat', 1)
    for (const seat of table.seats) expect(texts(seat)).toEqual([''])
  })
})

describe('pacing', () => {
  it('sits still without anything to order, until the heartbeat; the leader is first', () => {
    const table = startedTable(4)
    for (const [index, { timers }] of table.seats.entries()) {
      expect([...timers.keys()]).toEqual(['heartbeat'])
      expect(timers.get('heartbeat')?.delayMs).toBe(index === 1 ? HEARTBEAT_MS : HEARTBEAT_MS + DELTA_MS)
    }
  })

  it('gives the leader 2Δ and the view 3Δ once there is an offer', () => {
    const table = startedTable(4)
    table.seat(1).absent = true
    table.offer(0, payload('a'))
    expect(table.seat(0).timers.get('leader')?.delayMs).toBe(2 * DELTA_MS)
    expect(table.seat(0).timers.get('advance')?.delayMs).toBe(3 * DELTA_MS)
    expect(table.seat(2).timers.has('leader')).toBe(false)
  })

  it('goes round an absent leader', () => {
    const table = startedTable(4)
    table.seat(1).absent = true
    for (const index of [0, 2, 3]) table.offer(index, payload('a'))
    table.fire('leader')
    for (const index of [0, 2, 3]) expect(texts(table.seat(index))).toEqual(['a'])
  })

  it('is not hurried by the votes of f guardians, but by those of one more', () => {
    const table = startedTable(4)
    table.seat(1).absent = true
    table.offer(3, payload('a'))
    table.fire('leader', 3)
    expect(votesOf(table.seat(3)).map(({ kind }) => kind)).toEqual([NULLIFY])
    expect(table.seat(0).timers.has('leader')).toBe(false)
    table.offer(2, payload('a'))
    table.fire('leader', 2)
    expect(table.seat(0).timers.has('leader')).toBe(true)
  })

  it('stops hurrying for an offer that nobody else takes in a round of leaders', () => {
    const table = startedTable(4)
    table.judge = (guardian) => (guardian === 3 ? 'accept' : 'reject')
    const hurried = new Map<bigint, boolean>()
    for (let round = 0; round < 8; round++) {
      table.offer(3, payload('a'))
      const { view, active, leader } = table.seat(3).core.status()
      if (leader !== 3) hurried.set(view, active)
      table.fire('heartbeat')
    }
    expect([...hurried]).toContainEqual([4n, true])
    expect([...hurried]).toContainEqual([5n, false])
  })

  it('does not wait for the heartbeat to finalize a payload that is only notarized', () => {
    const table = startedTable(4)
    table.isLost = (_from, _to, message) =>
      (message.kind === 'vote' && message.vote.kind === FINALIZE) ||
      (message.kind === 'certificate' && message.certificate.kind === FINALIZE)
    table.offer(1, payload('a'))
    expect(texts(table.seat(0))).toEqual([])
    expect(table.seat(2).timers.get('heartbeat')?.delayMs).toBe(3 * DELTA_MS)
    table.isLost = () => false
    table.fire('heartbeat', 2)
    for (const seat of table.seats) expect(texts(seat)).toEqual(['a', ''])
  })

  it('gives views more time when rounds of leaders pass in vain, and the usual time after a finalized block', () => {
    const table = startedTable(4)
    const delays = new Map<bigint, number | undefined>()
    const pass = () => {
      table.fire('heartbeat')
      const { view } = table.seat(0).core.status()
      delays.set(view, table.seat(0).timers.get('advance')?.delayMs)
      table.fire('advance')
    }
    table.isLost = (_from, _to, message) => message.kind === 'propose'
    for (let view = 1; view <= 20; view++) pass()
    expect([1n, 4n, 5n, 9n, 13n, 20n].map((view) => delays.get(view))).toEqual(
      [1, 1, 2, 4, 8, 8].map((scale) => scale * 3 * DELTA_MS),
    )
    table.isLost = () => false
    table.fire('heartbeat')
    expect(table.seat(0).core.status()).toMatchObject({ view: 22n, finalized: { view: 21n } })
    pass()
    pass()
    expect(delays.get(23n)).toBe(3 * DELTA_MS)
  })
})

describe('proposals', () => {
  const proposal = (block: Partial<Block>) => ({
    kind: 'propose' as const,
    block: { epoch: 1n, view: 1n, parentView: 0n, parent: GENESIS, payload: payload('x'), ...block },
    justification: [],
  })

  it.each([
    ['from another than the leader', 2, {}],
    ['of another epoch', 1, { epoch: 2n }],
    ['far ahead', 1, { view: 41n }],
    ['that stand on themselves', 1, { parentView: 1n }],
  ])('%s are ignored', (_name, from, block) => {
    const table = startedTable(4)
    table.feed(0, { kind: 'message', from, message: proposal(block) })
    expect(table.seat(0).effects.some(({ kind }) => kind === 'judge')).toBe(false)
  })

  it('that do not stand on the last block are not voted for', () => {
    const table = startedTable(4)
    table.offer(1, payload('a'))
    for (const parent of [{}, { parentView: 1n, parent: GENESIS }]) {
      table.feed(0, { kind: 'message', from: 2, message: proposal({ view: 2n, ...parent }) })
    }
    expect(votesOf(table.seat(0)).filter(({ view }) => view === 2n)).toEqual([])
  })

  it('that were lost are fetched once their blocks are needed', () => {
    const table = startedTable(4)
    table.isLost = (_from, to, message) => to === 0 && message.kind === 'propose'
    table.offer(1, payload('a'))
    expect(texts(table.seat(0))).toEqual(['a'])
  })

  it('are voted for once a view, whatever the leader proposes then', () => {
    const table = startedTable(4)
    for (const text of ['x', 'y', 'z']) {
      table.feed(0, { kind: 'message', from: 1, message: proposal({ payload: payload(text) }) })
    }
    const [vote, ...more] = votesOf(table.seat(0)).filter(({ kind }) => kind === NOTARIZE)
    expect(vote?.digest).toBe(blockDigest(proposal({}).block))
    expect(more).toEqual([])
  })
})

describe('after a restart', () => {
  it('a guardian reads its finalized blocks again and goes on', () => {
    const table = startedTable(4)
    table.offer(1, payload('a'))
    table.start(2)
    expect(texts(table.seat(2))).toEqual(['a'])
    const [first] = table.seat(2).effects.filter((effect) => effect.kind === 'finalized')
    expect(first?.replayed).toBe(true)
    table.offer(2, payload('b'))
    for (const seat of table.seats) expect(texts(seat)).toEqual(['a', 'b'])
  })

  it('it keeps the votes that prove faults: those in the certificates of its log', () => {
    const table = startedTable(4)
    table.offer(1, payload('a'))
    table.isLost = () => true
    table.start(2)
    const kept = table
      .seat(2)
      .core.votes()
      .filter(({ vote }) => vote.view === 1n && vote.kind === NOTARIZE)
    expect(new Set(kept.map(({ guardian }) => guardian)).size).toBeGreaterThanOrEqual(3)
  })

  it('it gives no second vote in a view, from any prefix of its log that contains the first', () => {
    const table = startedTable(4)
    table.isLost = () => true
    table.feed(0, {
      kind: 'message',
      from: 1,
      message: {
        kind: 'propose',
        block: { epoch: 1n, view: 1n, parentView: 0n, parent: GENESIS, payload: payload('x') },
        justification: [],
      },
    })
    table.fire('advance', 0)
    expect(votesOf(table.seat(0)).map(({ kind }) => kind)).toContain(NOTARIZE)
    table.start(0)
    table.feed(0, {
      kind: 'message',
      from: 1,
      message: {
        kind: 'propose',
        block: { epoch: 1n, view: 1n, parentView: 0n, parent: GENESIS, payload: payload('y') },
        justification: [],
      },
    })
    const digests = votesOf(table.seat(0)).filter(({ kind }) => kind === NOTARIZE)
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1)
  })

  it('everybody at once, everything goes on', () => {
    const table = startedTable(4)
    table.offer(1, payload('a'))
    for (const index of table.seats.keys()) table.start(index)
    table.offer(2, payload('b'))
    for (const seat of table.seats) expect(texts(seat)).toEqual(['a', 'b'])
  })

  it('one who missed a long run of nullified views follows again', () => {
    const table = startedTable(4)
    table.seat(3).absent = true
    table.isLost = (_from, _to, message) => message.kind === 'propose'
    for (let view = 1; view <= 100; view++) {
      table.fire('heartbeat')
      table.fire('advance')
    }
    expect(table.seat(0).core.status()).toMatchObject({ view: 101n, finalized: { view: 0n } })
    table.isLost = () => false
    table.start(3)
    expect(table.seat(3).core.status()).toMatchObject({ view: 101n, catchingUp: false })
    table.seat(2).absent = true
    table.fire('heartbeat')
    expect(table.seat(3).core.status().finalized.view).toBe(101n)
  })

  it('one who was away for long follows again', () => {
    const table = startedTable(4)
    table.seat(3).absent = true
    for (let block = 0; block < 150; block++) {
      table.fire('heartbeat')
      table.fire('leader')
      table.fire('advance')
    }
    const { finalized } = table.seat(0).core.status()
    expect(finalized.view).toBeGreaterThan(140n)
    table.seat(3).absent = false
    table.start(3)
    expect(table.seat(3).core.status()).toMatchObject({ finalized, catchingUp: false })
    expect(table.seat(3).finalized).toEqual(table.seat(0).finalized)
  })
})

describe('when more than f guardians sign two logs', () => {
  it('a guardian names them and stops, rather than taking sides', () => {
    const table = startedTable(4)
    table.offer(1, payload('a'))
    const other = { kind: FINALIZE, view: 1n, digest: `0x${'77'.repeat(32)}` } as const
    const voteDigest = createVoteDigest(configOf(4, 0))(other)
    const signatures = new Map([1, 2, 3].map((index) => [index, signers[index]?.sign(voteDigest) ?? '0x']))
    const certificate = assembleCertificate(other, signatures)
    table.feed(0, { kind: 'message', from: 3, message: { kind: 'certificate', certificate } })
    const { effects, core } = table.seat(0)
    expect(effects.flatMap((effect) => (effect.kind === 'evidence' ? effect.evidence.guardian : []))).toEqual(
      [1, 2, 3],
    )
    expect(effects.at(-1)).toEqual({ kind: 'forked', certificate })
    expect(core.status().forked).toBe(true)
    expect(core.step({ kind: 'timer', name: 'heartbeat', view: 2n })).toEqual([])
  })
})
