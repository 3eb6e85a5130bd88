import type { Rng } from './ports.ts'

/**
 * A seeded generator: the same seed, the same numbers, on every machine. For simulations and drills, never for keys.
 * xoshiro128** 1.1 of Blackman and Vigna, seeded with splitmix32.
 */
export function createSeededRng(seed: number): Rng {
  let mix = seed >>> 0
  const next32 = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0
    let z = mix
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  const state = new Uint32Array([next32(), next32(), next32(), next32()])
  const uint32 = (): number => {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0
    const shifted = s1 << 9
    const a = s2 ^ s0
    const b = s3 ^ s1
    state[1] = s1 ^ a
    state[0] = s0 ^ b
    state[2] = a ^ shifted
    state[3] = rotate(b, 11)
    return result
  }
  return {
    next: () => uint32() / 2 ** 32,
    bytes(count) {
      return Uint8Array.from({ length: count }, () => uint32() >>> 24)
    },
  }
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k))
}

/** A whole number from `low` to `high`, both included. */
export function between(rng: Rng, low: number, high: number): number {
  return low + Math.floor(rng.next() * (high - low + 1))
}

/** One of the items. */
export function pick<T>(rng: Rng, items: readonly [T, ...T[]] | readonly T[]): T {
  return items[between(rng, 0, items.length - 1)] as T
}

/** A sample of the standard normal distribution (Box and Muller). */
export function gaussian(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.next()))
  return radius * Math.cos(2 * Math.PI * rng.next())
}
