import type { Hex } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVoteGuard, type GuardedVote } from './voteGuard.ts'

const [A, B, NONE] = ['aa', 'bb', '00'].map((byte): Hex => `0x${byte.repeat(32)}`) as [Hex, Hex, Hex]
const vote = (kind: 0 | 1 | 2, digest: Hex, view = 5n): GuardedVote => ({ epoch: 1n, view, kind, digest })
const code = 'KEYS_EQUIVOCATION'

describe('a vote guard', () => {
  it('admits what an honest guardian does: two kinds in a view, and the same vote again', () => {
    for (const pair of [
      [vote(0, A), vote(1, NONE)],
      [vote(0, A), vote(2, B)],
      [vote(0, A), vote(0, A)],
      [vote(0, A), vote(0, B, 6n)],
    ]) {
      const guard = createVoteGuard(1n)
      for (const each of pair) guard.admit(each)
    }
  })

  it('refuses each pair for which the registry slashes, in both orders, and says which', () => {
    for (const [first, second] of [
      [vote(0, A), vote(0, B)],
      [vote(2, A), vote(2, B)],
      [vote(1, NONE), vote(2, A)],
    ] as const) {
      for (const [a, b] of [
        [first, second],
        [second, first],
      ] as const) {
        const guard = createVoteGuard(1n)
        guard.admit(a)
        expect(() => guard.admit(b)).toThrow(expect.objectContaining({ code, hint: expect.any(String) }))
        // What was refused leaves no trace.
        guard.admit(a)
      }
    }
  })

  it('refuses another epoch, and what lies below what it knows', () => {
    const guard = createVoteGuard(1n)
    expect(() => guard.admit({ ...vote(0, A), epoch: 2n })).toThrow(expect.objectContaining({ code }))
    guard.admit(vote(0, A))
    guard.raise(6n)
    guard.raise(3n)
    expect(() => guard.admit(vote(0, A))).toThrow(expect.objectContaining({ code }))
    guard.admit(vote(0, B, 6n))
  })

  it('never admits a slashable pair, whatever it is asked', () => {
    const any = fc.record({
      epoch: fc.constant(1n),
      view: fc.bigInt({ min: 1n, max: 3n }),
      kind: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
      digest: fc.constantFrom(A, B),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 20 }), (votes) => {
        const guard = createVoteGuard(1n)
        const admitted: GuardedVote[] = []
        for (const each of votes) {
          try {
            guard.admit(each)
            admitted.push(each)
          } catch {}
        }
        for (const a of admitted) {
          for (const b of admitted) {
            if (a.view !== b.view) continue
            if (a.kind === b.kind) expect(a.digest).toBe(b.digest)
            else expect([a.kind, b.kind]).toContain(0)
          }
        }
      }),
    )
  })
})
