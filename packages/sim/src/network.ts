import type { World } from './world.ts'

/** An end of the network. Twins are two of them with the same guardian. */
export interface Endpoint {
  readonly guardian: number
  /** Of twins: 0 or 1. */
  readonly side: 0 | 1 | null
}

export interface Weather {
  /** When the network has healed: from then on nothing is lost, and everything arrives within `deltaMs`. */
  readonly healedMs: number
  readonly deltaMs: number
}

/** How often halves and cuts may change. */
const PERIOD_MS = 500

/** Loses, delays, repeats, reorders and partitions messages until the network has healed. */
export interface Network {
  /** Hands over zero, one or two copies, each in its time. */
  carry(from: Endpoint, to: Endpoint, deliver: () => void): void
}

export function createNetwork(world: World, guardians: number, { healedMs, deltaMs }: Weather): Network {
  const { rng } = world
  const loss = rng.next() * 0.3
  const partitioned = rng.next() * 0.7
  let period = -1
  /** By guardian, a bit: which half of the world it is in. Each twin lives in a half of its own. */
  let halves = 0
  let cut = false

  const turn = (): void => {
    const now = Math.floor(world.nowMs() / PERIOD_MS)
    if (now === period) return
    period = now
    if (rng.next() < 0.5) halves = Math.floor(rng.next() * 2 ** guardians)
    cut = rng.next() < partitioned
  }
  const halfOf = ({ guardian, side }: Endpoint): number => side ?? (halves >> guardian) & 1
  const reaches = (from: Endpoint, to: Endpoint): boolean => {
    turn()
    const apart = from.side !== null || to.side !== null || (cut && world.nowMs() < healedMs)
    return !apart || halfOf(from) === halfOf(to)
  }
  const delay = (): number => {
    if (world.nowMs() >= healedMs) return 1 + rng.next() * 0.5 * deltaMs
    return rng.next() < 0.1 ? rng.next() * 15 * deltaMs : 1 + rng.next() * 1.5 * deltaMs
  }
  return {
    carry(from, to, deliver) {
      if (!reaches(from, to)) return
      if (world.nowMs() < healedMs && rng.next() < loss) return
      world.after(delay(), deliver)
      if (rng.next() < 0.03) world.after(delay(), deliver)
    },
  }
}
