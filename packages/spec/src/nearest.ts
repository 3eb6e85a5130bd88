const MAX_LENGTH = 64

/** How many letters must be changed, added or left out to make one word of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The candidate that `word` is probably a misspelling of. */
function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined
  const tolerance = Math.max(1, Math.floor(word.length / 3))
  let best: { name: string; off: number } | undefined
  for (const name of candidates) {
    if (Math.abs(name.length - word.length) > tolerance) continue
    const off = distance(word.toLowerCase(), name.toLowerCase())
    if (off <= tolerance && (best === undefined || off < best.off)) best = { name, off }
  }
  return best?.name
}

/** "did you mean …?" when a candidate is near, otherwise the few there are. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const known = [...candidates]
  const name = nearest(word, known)
  if (name !== undefined) return `did you mean "${name}"?`
  return known.length === 0 || known.length > 12 ? undefined : `known here: ${known.join(', ')}`
}
