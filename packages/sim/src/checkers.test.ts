import {
  type Block,
  blockDigest,
  FINALIZE,
  GENESIS,
  NOTARIZE,
  NULLIFY,
  type VoteKind,
} from '@breakwater/consensus'
import { BaseError, type Hex } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { createCheckers } from './checkers.ts'
import { actionOf, toPayload } from './market.ts'

const block = (view: bigint, parent: Hex, id: number | null): Block => ({
  epoch: 1n,
  view,
  parentView: view - 1n,
  parent,
  payload: id === null ? new Uint8Array(0) : toPayload(id),
})
const first = block(1n, GENESIS, null)
const second = block(2n, blockDigest(first), 7)
const [firstDigest, secondDigest] = [blockDigest(first), blockDigest(second)]
const signature = `0x${'01'.repeat(64)}` as const

/** Of four guardians, 0, 1 and 2 are honest; all signatures are good but for guardian 2's. */
function create(...known: readonly Block[]) {
  const isSigned = (_digest: Hex, guardian: number) => guardian !== 2
  const checkers = createCheckers({ honest: [0, 1, 2], quorum: 3, accepted: 2, isSigned })
  for (const each of [first, second, ...known]) {
    checkers.sent(3, { kind: 'propose', block: each, justification: [] })
  }
  for (const guardian of [0, 1]) checkers.judged(guardian, [], 7, 'accept')
  const vote = (guardian: number, kind: VoteKind, view: bigint, digest: Hex) =>
    checkers.sent(guardian, { kind: 'vote', vote: { kind, view, digest, signature } })
  return { ...checkers, vote }
}
const kinds = (violations: readonly string[]) => violations.map((text) => text.split(':')[0])

describe('checkers', () => {
  it('find nothing where nothing is wrong, restarts and shortened logs included', () => {
    const checkers = create()
    for (const guardian of [0, 1]) {
      checkers.vote(guardian, NOTARIZE, 1n, firstDigest)
      checkers.vote(guardian, NULLIFY, 1n, GENESIS)
      checkers.vote(guardian, NOTARIZE, 1n, firstDigest)
      checkers.finalized(guardian, firstDigest, [], false)
      checkers.finalized(guardian, secondDigest, [7], false)
    }
    checkers.restarted(0)
    checkers.finalized(0, secondDigest, [7], true)
    const signatures = [signature, signature, signature]
    checkers.certified(0, { digest: actionOf(7), bitmap: 0b1011n, signatures })
    expect(checkers.violations).toEqual([])
    expect(checkers.blocks()).toBe(2)
  })

  it('see two logs', () => {
    const other = block(1n, GENESIS, 7)
    const checkers = create(other)
    checkers.finalized(0, firstDigest, [], false)
    checkers.finalized(1, blockDigest(other), [7], false)
    expect(kinds(checkers.violations)).toEqual(['agreement'])
  })

  it('see a guardian stop, and why', () => {
    const checkers = create()
    checkers.failed(0, new BaseError('CONSENSUS_FORK', 'two logs'))
    checkers.failed(0, new Error('a bug'))
    expect(kinds(checkers.violations)).toEqual(['agreement', 'failure'])
  })

  it('see a gap, also after a restart', () => {
    const checkers = create()
    checkers.finalized(0, secondDigest, [7], false)
    expect(kinds(checkers.violations)).toEqual(['gap'])
    const again = create()
    again.finalized(0, firstDigest, [], false)
    again.restarted(0)
    again.finalized(0, secondDigest, [7], true)
    expect(again.violations).toEqual([])
    again.restarted(0)
    again.finalized(0, secondDigest, [7], false)
    expect(kinds(again.violations)).toContain('agreement')
  })

  it('see effects that are lost or made up', () => {
    const checkers = create()
    checkers.finalized(0, firstDigest, [7], false)
    checkers.finalized(1, firstDigest, [], false)
    checkers.finalized(1, secondDigest, [], false)
    expect(kinds(checkers.violations)).toEqual(['effects', 'effects'])
  })

  it('see an offer that too few honest guardians accepted, or in another state', () => {
    const third = block(3n, secondDigest, 8)
    const checkers = create(third)
    checkers.judged(0, [7], 8, 'accept')
    checkers.judged(1, [], 8, 'accept')
    checkers.judged(2, [7], 8, 'abstain')
    checkers.judged(3, [7], 8, 'accept')
    checkers.finalized(0, firstDigest, [], false)
    checkers.finalized(0, secondDigest, [7], false)
    checkers.finalized(0, blockDigest(third), [8], false)
    expect(kinds(checkers.violations)).toEqual(['validity'])
  })

  it.each([
    ['two NOTARIZE', NOTARIZE, firstDigest, NOTARIZE, secondDigest],
    ['two FINALIZE', FINALIZE, firstDigest, FINALIZE, secondDigest],
    ['NULLIFY, then FINALIZE', NULLIFY, GENESIS, FINALIZE, firstDigest],
    ['FINALIZE, then NULLIFY', FINALIZE, firstDigest, NULLIFY, GENESIS],
  ] as const)('see an honest guardian incriminate itself: %s', (_name, kind, digest, otherKind, other) => {
    const checkers = create()
    checkers.vote(0, kind, 1n, digest)
    checkers.vote(0, otherKind, 1n, other)
    expect(kinds(checkers.violations)).toEqual(['incrimination'])
  })

  it('see an honest guardian accused', () => {
    const checkers = create()
    const vote = { kind: NOTARIZE, view: 1n, digest: firstDigest, signature } as const
    checkers.accused(0, { guardian: 1, epoch: 1n, view: 1n, votes: [vote, vote] })
    expect(kinds(checkers.violations)).toEqual(['evidence'])
  })

  it('see that guardians do not understand each other', () => {
    const checkers = create()
    checkers.problem(0, new Error('a bug'), 1)
    expect(checkers.violations).toEqual(['message: guardian 0 cannot read one of guardian 1: a bug'])
  })

  it.each([
    ['with too few signatures', 0b0011n, 2],
    ['with fewer signatures than bits', 0b1011n, 2],
    ['with a bad signature', 0b0111n, 3],
    ['of what is not final', 0b1011n, 3],
  ])('see a certificate %s', (_name, bitmap, count) => {
    const checkers = create()
    const isOfFinal = count < 3 || bitmap === 0b0111n
    checkers.finalized(0, firstDigest, [], false)
    checkers.finalized(0, secondDigest, [7], false)
    const digest = actionOf(isOfFinal ? 7 : 8)
    checkers.certified(0, { digest, bitmap, signatures: Array(count).fill(signature) })
    expect(kinds(checkers.violations)).toEqual(['certificate'])
  })

  it('do not mind what faulty guardians do', () => {
    const checkers = create()
    checkers.vote(3, NULLIFY, 1n, GENESIS)
    checkers.vote(3, FINALIZE, 1n, firstDigest)
    checkers.finalized(3, secondDigest, [7], false)
    checkers.certified(3, { digest: actionOf(9), bitmap: 0n, signatures: [] })
    checkers.failed(3, new Error('a bug'))
    checkers.problem(0, new Error('garbage'), 3)
    checkers.problem(0, new Error('no connection'), null)
    expect(checkers.violations).toEqual([])
  })
})
