import type { Scenario } from './options.ts'

export interface KeptSeed {
  readonly seed: number
  readonly options: Scenario
  /** What went wrong in this run once. */
  readonly why: string
}

const CALM = { guardians: 4, calm: true }

/** Seeds whose runs have found a fault, or find it again when its remedy is taken out: they are run again for ever. */
export const KEPT_SEEDS: readonly KeptSeed[] = [
  {
    seed: 477,
    options: CALM,
    why: 'a block that had arrived and become final was asked for again and again; the guardian never voted again',
  },
  {
    seed: 23,
    options: CALM,
    why: 'without the certificates of the view before, what a guardian repeats does not help one who is behind',
  },
  {
    seed: 337,
    options: CALM,
    why: 'offers on which guardians disagree kept a notarized payload from becoming final',
  },
  {
    seed: 336,
    options: { ...CALM, stormMs: 20_000, offers: 30 },
    why: 'offers on which guardians disagree kept the log from growing, and so views from getting shorter again',
  },
  {
    seed: 43_155,
    options: CALM,
    why: 'with one guardian silent, what only one other knows waits long behind offers on which guardians disagree',
  },
]
