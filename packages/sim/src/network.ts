import { between } from '@breakwater/kernel'
import type { Partition } from './options.ts'
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
  readonly partition: Partition
  /** Guardians without a twin: they are what a lasting partition divides, since twins are on both of its sides. */
  readonly whole: readonly number[]
}

/** How often a partition that shifts may change. */
const PERIOD_MS = 500

/** Loses, delays, repeats, reorders and partitions messages until the network has healed. */
export interface Network {
  /** Hands over zero, one or two copies, each in its time. */
  carry(from: Endpoint, to: Endpoint, deliver: () => void): void
}

export function createNetwork(world: World, guardians: number, weather: Weather): Network {
  const { rng } = world
  const { healedMs, deltaMs } = weather
  const loss = rng.next() * 0.3
  const isApart = createPartition(world, guardians, weather)
  const delay = (): number => {
    if (world.nowMs() >= healedMs) return 1 + rng.next() * 0.5 * deltaMs
    return rng.next() < 0.1 ? rng.next() * 15 * deltaMs : 1 + rng.next() * 1.5 * deltaMs
  }
  return {
    carry(from, to, deliver) {
      if (isApart(from, to)) return
      if (world.nowMs() < healedMs && rng.next() < loss) return
      world.after(delay(), deliver)
      if (rng.next() < 0.03) world.after(delay(), deliver)
    },
  }
}

/** Tells who does not reach whom. Each twin lives in a half of its own, for ever: no guardian ever meets both. */
function createPartition(world: World, guardians: number, { healedMs, partition, whole }: Weather) {
  const { rng } = world
  const often = rng.next() * 0.7
  const holds = partition !== 'shifting'
  /** By guardian, a bit. */
  let halves = holds ? splitOff(world, whole, partition === 'halves' ? whole.length >> 1 : 1) : 0
  let cut = holds
  let period = -1

  const turn = (): void => {
    const now = Math.floor(world.nowMs() / PERIOD_MS)
    if (holds || now === period) return
    period = now
    if (rng.next() < 0.5) halves = Math.floor(rng.next() * 2 ** guardians)
    cut = rng.next() < often
  }
  const halfOf = ({ guardian, side }: Endpoint): number => side ?? (halves >> guardian) & 1
  return (from: Endpoint, to: Endpoint): boolean => {
    turn()
    const matters = from.side !== null || to.side !== null || (cut && world.nowMs() < healedMs)
    return matters && halfOf(from) !== halfOf(to)
  }
}

/** The bits of so many guardians. */
function splitOff({ rng }: World, guardians: readonly number[], count: number): number {
  const left = [...guardians]
  let bits = 0
  for (let i = 0; i < count; i++) {
    const [guardian = 0] = left.splice(between(rng, 0, left.length - 1), 1)
    bits |= 1 << guardian
  }
  return bits
}
