import type { Hex } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvidence, isSlashable } from './evidence.ts'
import { FINALIZE, NO_BLOCK, NOTARIZE, NULLIFY, type SignedVote, type VoteKind } from './vote.ts'

const a = `0x${'aa'.repeat(32)}` as const
const b = `0x${'bb'.repeat(32)}` as const
const vote = (kind: VoteKind, digest: Hex, view = 1n): SignedVote => ({
  kind,
  view,
  digest: kind === NULLIFY ? NO_BLOCK : digest,
  signature: `0x${'01'.repeat(64)}`,
})

describe('a pair of votes in one view', () => {
  it.each([
    ['conflicting NOTARIZE', vote(NOTARIZE, a), vote(NOTARIZE, b), true],
    ['conflicting FINALIZE', vote(FINALIZE, a), vote(FINALIZE, b), true],
    ['NULLIFY and FINALIZE', vote(NULLIFY, a), vote(FINALIZE, a), true],
    ['the same NOTARIZE twice', vote(NOTARIZE, a), vote(NOTARIZE, a), false],
    ['the same FINALIZE twice', vote(FINALIZE, a), vote(FINALIZE, a), false],
    ['NULLIFY twice', vote(NULLIFY, a), vote(NULLIFY, a), false],
    ['NOTARIZE and NULLIFY', vote(NOTARIZE, a), vote(NULLIFY, a), false],
    ['NOTARIZE and FINALIZE of the same block', vote(NOTARIZE, a), vote(FINALIZE, a), false],
    ['NOTARIZE and FINALIZE of another block', vote(NOTARIZE, a), vote(FINALIZE, b), false],
    ['conflicting NOTARIZE in two views', vote(NOTARIZE, a), vote(NOTARIZE, b, 2n), false],
    ['NULLIFY and FINALIZE in two views', vote(NULLIFY, a), vote(FINALIZE, b, 2n), false],
  ])('%s: slashable %#', (_name, first, second, expected) => {
    expect(isSlashable(first, second)).toBe(expected)
    expect(isSlashable(second, first)).toBe(expected)
  })
})

describe('evidence', () => {
  it('names guardian, epoch, view and both votes, once a view', () => {
    const evidence = createEvidence(5n)
    expect(evidence.add(2, vote(NOTARIZE, a))).toBeNull()
    expect(evidence.add(2, vote(NULLIFY, a))).toBeNull()
    expect(evidence.add(2, vote(FINALIZE, a))).toEqual({
      guardian: 2,
      epoch: 5n,
      view: 1n,
      votes: [vote(NULLIFY, a), vote(FINALIZE, a)],
    })
    expect(evidence.add(2, vote(NOTARIZE, b))).toBeNull()
    expect(evidence.add(2, vote(NOTARIZE, a, 2n))).toBeNull()
    expect(evidence.add(2, vote(NOTARIZE, b, 2n))?.view).toBe(2n)
  })

  it('does not mix guardians', () => {
    const evidence = createEvidence(1n)
    expect(evidence.add(0, vote(NOTARIZE, a))).toBeNull()
    expect(evidence.add(1, vote(NOTARIZE, b))).toBeNull()
  })

  it('is found for a pair exactly when the pair is slashable, in any order and among other votes', () => {
    const kinds = fc.constantFrom<VoteKind>(NOTARIZE, NULLIFY, FINALIZE)
    const votes = fc.tuple(kinds, fc.constantFrom<Hex>(a, b), fc.constantFrom(1n, 2n))
    fc.assert(
      fc.property(fc.array(votes, { maxLength: 8 }), (list) => {
        const given = list.map((args) => vote(...args))
        const evidence = createEvidence(1n)
        const found = given.filter((each) => evidence.add(0, each) !== null)
        const views = [1n, 2n].filter((view) =>
          given.some((x) => x.view === view && given.some((y) => isSlashable(x, y))),
        )
        expect(new Set(found.map(({ view }) => view))).toEqual(new Set(views))
        expect(found).toHaveLength(views.length)
      }),
    )
  })

  it('keeps what convicts together with what another guardian keeps', () => {
    const [here, there] = [createEvidence(1n), createEvidence(1n)]
    here.add(0, vote(NOTARIZE, a))
    here.add(0, vote(NULLIFY, a))
    there.add(0, vote(NOTARIZE, b))
    expect(here.votes()).toEqual(
      [vote(NOTARIZE, a), vote(NULLIFY, a)].map((each) => ({ guardian: 0, vote: each })),
    )
    const found = there.votes().map(({ guardian, vote: each }) => here.add(guardian, each))
    expect(found).toMatchObject([{ guardian: 0, votes: [vote(NOTARIZE, a), vote(NOTARIZE, b)] }])
    expect(here.votes()).toHaveLength(3)
    here.forgetBelow(2n)
    expect(here.votes()).toEqual([])
  })

  it('forgets old views, and takes no more of them', () => {
    const evidence = createEvidence(1n)
    evidence.add(0, vote(NOTARIZE, a))
    evidence.forgetBelow(2n)
    expect(evidence.add(0, vote(NOTARIZE, b))).toBeNull()
    expect(evidence.add(0, vote(NOTARIZE, a))).toBeNull()
  })
})
