/** A line of YAML, and what is said about it above. */
export interface Line {
  why: readonly string[]
  text: string
}

/** Entries of a draft's sections. */
export interface Rules {
  values: readonly Line[]
  invariants: readonly Line[]
  detectors: readonly Line[]
}

export const NO_RULES: Rules = { values: [], invariants: [], detectors: [] }
