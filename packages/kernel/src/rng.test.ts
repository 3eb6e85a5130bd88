import { describe, expect, it } from 'vitest'
import { between, createSeededRng, gaussian, pick } from './rng.ts'

describe('rng', () => {
  it('repeats itself for a seed, and differs between seeds', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, createSeededRng(seed).next)
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('is uniform enough: mean and spread of 20,000 draws, all 256 byte values', () => {
    const rng = createSeededRng(1)
    const draws = Array.from({ length: 20_000 }, rng.next)
    const mean = draws.reduce((a, b) => a + b) / draws.length
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length
    expect(mean).toBeCloseTo(0.5, 2)
    expect(variance).toBeCloseTo(1 / 12, 2)
    expect(new Set(rng.bytes(5000)).size).toBe(256)
  })

  it('draws whole numbers from both ends of a range and normal samples around 0', () => {
    const rng = createSeededRng(3)
    expect(new Set(Array.from({ length: 200 }, () => between(rng, 2, 4)))).toEqual(new Set([2, 3, 4]))
    expect(['a', 'b']).toContain(pick(rng, ['a', 'b']))
    const samples = Array.from({ length: 20_000 }, () => gaussian(rng))
    const mean = samples.reduce((a, b) => a + b) / samples.length
    const deviation = Math.sqrt(samples.reduce((a, b) => a + (b - mean) ** 2, 0) / samples.length)
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(deviation).toBeCloseTo(1, 1)
  })
})
