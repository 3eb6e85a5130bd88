/**
 * The simulation is worth something only if it catches a rule that is missing: each is taken out once, for all honest
 * guardians, and the first seed that shows it is printed.
 */
import {
  type Certified,
  FINALIZE,
  faultsOf,
  isSlashable,
  NOTARIZE,
  NULLIFY,
  type RULES,
  type Vote,
  type VoteKind,
} from '@breakwater/consensus'
import { describe, expect, it } from 'vitest'
import { type Outcome, type SimOptions, simulate } from './index.ts'

type Mutant = Omit<SimOptions, 'guardians'>

const SAFETY: Readonly<Record<string, Mutant>> = {
  'takes one vote less for a quorum': {
    faults: ['twins'],
    broken: { rules: { quorum: (count) => count - faultsOf(count) - 1 } },
  },
  'notarizes all that a leader proposes in a view': {
    faults: ['liar'],
    broken: { rules: { mayNotarize: (_own, judgement) => judgement === 'accept' } },
  },
  'notarizes what it has not accepted': {
    broken: { rules: { mayNotarize: (own) => own.notarize === null } },
  },
  'finalizes what it has nullified': {
    broken: { rules: { mayFinalize: (own) => own.finalize === null } },
  },
  'does not check what a block stands on': {
    faults: ['liar'],
    broken: { rules: { isJustified: () => true } },
  },
  'lets a block stand on one that is not notarized': {
    faults: ['liar'],
    broken: {
      rules: {
        isJustified: ({ view, parentView }, { nullified }) => isGapNullified(parentView, view, nullified),
      },
    },
  },
  'lets a block go around a view that was not nullified': {
    faults: ['liar'],
    broken: {
      rules: {
        isJustified: ({ parent, parentView }, { notarized }) =>
          parentView === 0n || notarized(parentView) === parent,
      },
    },
  },
  'does not check signatures': { faults: ['liar'], broken: { believes: true } },
  'forgets its log in a crash': { disk: 'forgets' },
  'loses an end of its log in a crash': { disk: 'truncates' },
  'votes before its disk has the vote': { disk: 'lies' },
  'takes votes that honest guardians give for evidence': {
    broken: { rules: { isSlashable: (a, b) => a.view === b.view && a.digest !== b.digest } },
  },
}

function isGapNullified(parentView: bigint, view: bigint, nullified: Certified['nullified']): boolean {
  for (let between = parentView + 1n; between < view; between++) if (!nullified(between)) return false
  return true
}

const LIVENESS: Readonly<Record<string, Mutant>> = {
  'always has the same leader': {
    faults: ['silent'],
    broken: { rules: { leaderOf: () => 0 } },
  },
  'says nothing twice': { broken: { omits: (_message, again) => again } },
  'does not repeat what brought it into a view': {
    broken: { omits: ({ kind }, again) => again && kind === 'certificate' },
  },
  'does not repeat its signatures of what is final': {
    broken: { omits: ({ kind }, again) => again && kind === 'attest' },
  },
  'gives nobody the blocks that he lacks': { broken: { omits: ({ kind }) => kind === 'blocks' } },
}

const MAX_SEEDS = 1_500

/** The first of the runs that is so, its seed printed, and the same run with nothing broken. */
async function firstOf(
  name: string,
  options: SimOptions,
  isSo: (outcome: Outcome) => boolean,
): Promise<{ mutant: Outcome; sound: Outcome } | null> {
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    const outcome = await simulate(seed, options)
    if (!isSo(outcome)) continue
    process.stderr.write(`  ${name}: seed ${seed}: ${outcome.violations[0] ?? outcome.stalls[0]}\n`)
    return { mutant: outcome, sound: await simulate(seed, { ...options, disk: 'sound', broken: {} }) }
  }
  return null
}

describe('a guardian that', () => {
  it.each(Object.entries(SAFETY))('%s is caught', async (name, mutant) => {
    const options: SimOptions = { guardians: 4, patienceMs: 3_000, ...mutant }
    const found = await firstOf(`a guardian that ${name}`, options, ({ violations }) => violations.length > 0)
    expect(found?.mutant.violations[0], `not caught in ${MAX_SEEDS} seeds`).toMatch(
      /^(agreement|incrimination|validity|evidence|certificate)/,
    )
    expect(found?.sound.violations).toEqual([])
  })

  it.each(Object.entries(LIVENESS))('%s gets stuck', async (name, mutant) => {
    const options: SimOptions = { guardians: 4, ...mutant }
    const found = await firstOf(`a guardian that ${name}`, options, ({ stalls }) => stalls.length > 0)
    expect(found, `not caught in ${MAX_SEEDS} seeds`).toMatchObject({ mutant: { violations: [] } })
    expect(found?.sound).toMatchObject({ violations: [], stalls: [] })
  })

  it('keeps the rules is not, in the same runs', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      for (const faults of [['liar'], ['twins'], ['amnesiac']] as const) {
        const { violations } = await simulate(seed, { guardians: 4, faults, patienceMs: 3_000 })
        expect(violations, `seed ${seed} with ${faults}`).toEqual([])
      }
    }
  })
})

/**
 * Leaves a pair of votes out. The third pair, two blocks finalized in a view, is never alone here: who finalizes both
 * has notarized both.
 */
const without =
  (...kinds: readonly [VoteKind, VoteKind]) =>
  (a: Vote, b: Vote): boolean =>
    isSlashable(a, b) && ![`${a.kind} ${b.kind}`, `${b.kind} ${a.kind}`].includes(kinds.join(' '))

describe('an investigation that does not see', () => {
  it.each([
    ['two blocks notarized in a view', without(NOTARIZE, NOTARIZE)],
    ['a view finalized and nullified', without(NULLIFY, FINALIZE)],
  ] as const)('%s names too few after a violation', async (name, judge) => {
    const broken = { rules: { isSlashable: judge } }
    const options: SimOptions = { guardians: 4, faults: ['twins', 'twins'], partition: 'halves', broken }
    const isUnexplained = ({ violations, culprits }: Outcome) => violations.length > 0 && culprits.length < 2
    expect(
      await firstOf(
        `an investigation that does not see ${name}`,
        { stormMs: 15_000, offers: 40, patienceMs: 1_000, ...options },
        isUnexplained,
      ),
    ).not.toBeNull()
  })
})

/**
 * Rules that hold twice: a guardian gives a FINALIZE only as it leaves a view, once, and a NULLIFY only in the view
 * that it is in. They stay rules, for a core that is written otherwise. The model tells what happens without them.
 */
describe('the core by itself', () => {
  it.each([
    ['finalizes once a view', { mayFinalize: (own) => !own.nullify }],
    ['nullifies nothing that it has finalized', { mayNullify: (own) => !own.nullify }],
  ] satisfies readonly (readonly [string, Partial<typeof RULES>])[])('%s', async (_name, rules) => {
    for (let seed = 1; seed <= 40; seed++) {
      const options: SimOptions = { guardians: 4, patienceMs: 3_000 }
      const outcome = await simulate(seed, { ...options, broken: { rules } })
      expect(outcome, `seed ${seed}`).toEqual(await simulate(seed, options))
    }
  })
})
