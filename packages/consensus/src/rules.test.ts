import { describe, expect, it } from 'vitest'
import { type Block, GENESIS } from './block.ts'
import { type Certified, faultsOf, leaderOf, type OwnVotes, RULES } from './rules.ts'

const digest = `0x${'aa'.repeat(32)}` as const
const none: OwnVotes = { notarize: null, nullify: false, finalize: null }

describe('quorums', () => {
  it('of n guardians bear f faulty ones: any two share an honest guardian, and the honest suffice', () => {
    expect([1, 2, 3, 4, 6, 7, 10, 13, 31].map(faultsOf)).toEqual([0, 0, 0, 1, 1, 2, 3, 4, 10])
    for (let count = 1; count <= 255; count++) {
      const quorum = RULES.quorum(count)
      expect(2 * quorum - count).toBeGreaterThan(faultsOf(count))
      expect(count - faultsOf(count)).toBeGreaterThanOrEqual(quorum)
    }
  })

  it('leaders take turns', () => {
    expect([0n, 1n, 2n, 3n, 4n, 5n].map((view) => leaderOf(view, 4))).toEqual([0, 1, 2, 3, 0, 1])
  })
})

describe('own votes', () => {
  it('NOTARIZE once, and only what was accepted', () => {
    expect(RULES.mayNotarize(none, 'accept')).toBe(true)
    expect(RULES.mayNotarize(none, 'reject')).toBe(false)
    expect(RULES.mayNotarize(none, 'abstain')).toBe(false)
    expect(RULES.mayNotarize({ ...none, notarize: digest }, 'accept')).toBe(false)
  })

  it('never both NULLIFY and FINALIZE', () => {
    expect(RULES.mayNullify(none)).toBe(true)
    expect(RULES.mayNullify({ ...none, notarize: digest })).toBe(true)
    expect(RULES.mayNullify({ ...none, finalize: digest })).toBe(false)
    expect(RULES.mayFinalize(none)).toBe(true)
    expect(RULES.mayFinalize({ ...none, nullify: true })).toBe(false)
    expect(RULES.mayFinalize({ ...none, finalize: digest })).toBe(false)
  })
})

describe('a block is justified', () => {
  const certified: Certified = {
    notarized: (view) => (view === 2n ? digest : null),
    nullified: (view) => view === 1n || view === 3n || view === 4n,
  }
  const block = (view: bigint, parentView: bigint, parent = digest as Block['parent']): Block => ({
    epoch: 1n,
    view,
    parentView,
    parent,
    payload: new Uint8Array(0),
  })

  it.each([
    ['on the certified parent in the view before', block(3n, 2n), true],
    ['on it with nullified views in between', block(5n, 2n), true],
    ['on the genesis, when all views since were nullified', block(2n, 0n, GENESIS), true],
    ['not on another block of that view', block(3n, 2n, `0x${'bb'.repeat(32)}`), false],
    ['not over a view that was not nullified', block(6n, 2n), false],
    ['not past a notarized block', block(3n, 0n, GENESIS), false],
    ['not on a view without a certificate', block(3n, 1n), false],
    ['not on another genesis', block(1n, 0n, digest), false],
  ])('%s', (_name, candidate, expected) => {
    expect(RULES.isJustified(candidate, certified)).toBe(expected)
  })
})
