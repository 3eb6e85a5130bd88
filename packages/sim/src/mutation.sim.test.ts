/** The checkers are worth something only if they catch a broken rule: each is broken once. */
import { faultsOf } from '@breakwater/consensus'
import { describe, expect, it } from 'vitest'
import { type Outcome, type SimOptions, simulate } from './index.ts'

const MUTANTS: Readonly<Record<string, { options: Omit<SimOptions, 'guardians'>; caughtAs: RegExp }>> = {
  'finalizes after it has nullified': {
    options: { rules: { mayFinalize: (own) => own.finalize === null } },
    caughtAs: /^(incrimination|agreement)/,
  },
  'notarizes all that a leader proposes in a view': {
    options: { faults: ['liar'], rules: { mayNotarize: (_own, judgement) => judgement === 'accept' } },
    caughtAs: /^(incrimination|agreement)/,
  },
  'takes one vote less for a quorum': {
    options: { faults: ['twins'], rules: { quorum: (count) => count - faultsOf(count) - 1 } },
    caughtAs: /^(agreement|validity)/,
  },
  'forgets its log in a crash': {
    options: { disk: 'forgets' },
    caughtAs: /^(incrimination|agreement)/,
  },
  'votes before its disk has the vote': {
    options: { disk: 'lies' },
    caughtAs: /^(incrimination|agreement)/,
  },
  'does not check what a block stands on': {
    options: { faults: ['liar'], rules: { isJustified: () => true } },
    caughtAs: /^(agreement|validity)/,
  },
  'lets a block go around a view that was not nullified': {
    options: {
      faults: ['liar'],
      rules: {
        isJustified: ({ parent, parentView }, { notarized }) =>
          parentView === 0n || notarized(parentView) === parent,
      },
    },
    caughtAs: /^(agreement|validity)/,
  },
  'votes for what it has not accepted': {
    options: { rules: { mayNotarize: (own) => own.notarize === null } },
    caughtAs: /^validity/,
  },
}

const MAX_SEEDS = 1_500

async function firstViolation(options: SimOptions): Promise<Outcome | null> {
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    const outcome = await simulate(seed, { patienceMs: 3_000, ...options })
    if (outcome.violations.length > 0) return outcome
  }
  return null
}

describe('a guardian that', () => {
  it.each(Object.entries(MUTANTS))('%s is caught', async (_name, { options, caughtAs }) => {
    const outcome = await firstViolation({ guardians: 4, ...options })
    expect(outcome, `not caught in ${MAX_SEEDS} seeds`).not.toBeNull()
    expect(outcome?.violations[0]).toMatch(caughtAs)
  })

  it('keeps the rules is not, in the same runs', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      for (const faults of [['liar'], ['twins']] as const) {
        const { violations } = await simulate(seed, { guardians: 4, faults, patienceMs: 3_000 })
        expect(violations).toEqual([])
      }
    }
  })
})
