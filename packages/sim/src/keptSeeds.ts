import type { SimOptions } from './options.ts'

export interface KeptSeed {
  readonly seed: number
  readonly options: SimOptions
  /** What went wrong in this run once. */
  readonly why: string
}

/** Runs that have found a fault: they are run again for ever. */
export const KEPT_SEEDS: readonly KeptSeed[] = [
  {
    seed: 477,
    options: { guardians: 4 },
    why: 'a block that had arrived and become final was asked for again and again, and the guardian never voted again',
  },
  {
    seed: 453,
    options: { guardians: 4 },
    why: 'the same, with all honest guardians waiting for each other',
  },
  {
    seed: 23,
    options: { guardians: 4 },
    why: 'without the certificates of the view before, what a guardian repeats does not help one who is behind',
  },
  {
    seed: 63,
    options: { guardians: 4 },
    why: 'the same, after a crash',
  },
  {
    seed: 1417,
    options: { guardians: 4 },
    why: 'offers that only some accept kept a notarized payload from becoming final',
  },
  {
    seed: 122,
    options: { guardians: 4 },
    why: 'an offer that only some accept stood in the way of all others',
  },
]
