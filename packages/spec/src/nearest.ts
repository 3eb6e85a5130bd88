/** Longer words are compared with nothing: it would take too long. */
const MAX_LENGTH = 32

/** How many letters must be changed, added, left out or swapped with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? i + j
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(changed, at(i - 1, j) + 1, at(i, j - 1) + 1, swapped ? at(i - 2, j - 2) + 1 : changed),
      )
    }
  }
  return at(a.length, b.length)
}

/** The candidate that `word` is probably a misspelling of. */
function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined
  const tolerance = Math.max(1, Math.floor((word.length + 1) / 3))
  let best: { name: string; off: number } | undefined
  for (const name of candidates) {
    if (Math.abs(name.length - word.length) > tolerance) continue
    const off = distance(word.toLowerCase(), name.toLowerCase())
    if (off <= tolerance && (best === undefined || off < best.off)) best = { name, off }
  }
  return best?.name
}

/** "did you mean …?" when a candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const name = nearest(word, candidates)
  return name === undefined ? undefined : `did you mean "${name}"?`
}

/** The same, and otherwise the few candidates that there are. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const known = [...new Set(candidates)]
  const hint = didYouMean(word, known)
  if (hint !== undefined) return hint
  return known.length === 0 || known.length > 12 ? undefined : `known here: ${known.join(', ')}`
}
