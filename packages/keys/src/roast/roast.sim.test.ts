import { between, createSeededRng, pick } from '@breakwater/kernel'
import { describe, it } from 'vitest'
import { type Bent, babbles, cheats, expectSigned, isDead, play, stalls } from '../../test/arena.ts'

/** Up to f faulty members, each with a fault of its own. */
function faultyOf(n: number, seed: number): Map<number, Bent> {
  const rng = createSeededRng(seed)
  const faulty = new Map<number, Bent>()
  const count = between(rng, 0, Math.floor((n - 1) / 3))
  while (faulty.size < count) faulty.set(between(rng, 0, n - 1), pick(rng, [cheats, stalls, isDead, babbles]))
  return faulty
}

describe('signing, whatever comes when', () => {
  it.each([
    [4, 100],
    [7, 50],
    [10, 25],
  ])(
    '%i guardians have a signature in the end, and no more sessions than n − t + 1 (%i seeds)',
    (n, seeds) => {
      for (let seed = 1; seed <= seeds; seed++) {
        const faulty = faultyOf(n, seed)
        expectSigned(play({ n, seed, faulty }), faulty, seed)
      }
    },
  )

  it('31 guardians, ten of them cheating or stalling', () => {
    const faulty = new Map<number, Bent>(
      Array.from({ length: 10 }, (_, i) => [3 * i, i % 2 ? stalls : cheats]),
    )
    expectSigned(play({ n: 31, seed: 1, faulty, leader: 1, patient: true }), faulty, 1)
  })
})
