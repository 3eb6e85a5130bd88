import type { Path, Report } from './problem.ts'

/** Takes an id for the entry at `path`; a second entry with the same id is reported. */
export type ClaimId = (id: string, path: Path) => void

export function createClaimId(what: string, report: Report): ClaimId {
  const taken = new Set<string>()
  return (id, path) => {
    if (taken.has(id)) {
      report(
        { path: [...path, 'id'] },
        'SPEC_DUPLICATE',
        `there are two ${what} "${id}"`,
        'give this one an `id` of its own',
      )
    }
    taken.add(id)
  }
}
