/** `items` in an order that follows from the seed alone: the first n of them are a sample of n. */
export function drawMutants<T>(items: readonly T[], seed: number): T[] {
  const drawn = [...items]
  const next = mulberry32(seed)
  for (let i = drawn.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    const [a, b] = [drawn[i] as T, drawn[j] as T]
    drawn[i] = b
    drawn[j] = a
  }
  return drawn
}

/** A small generator of numbers from 0 to below 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
