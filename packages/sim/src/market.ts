/**
 * What simulated guardians order: numbered offers. A good one is something that happened, which all honest guardians
 * accept, sooner or later; a doubtful one is accepted by some, while others reject it or cannot tell.
 */

import type { Block, Entry } from '@breakwater/consensus'
import { between, type Judgement, pick, type Rng } from '@breakwater/kernel'

export interface Offered {
  readonly id: number
  readonly good: boolean
  /** By guardian. */
  readonly judgements: readonly Judgement[]
  /** Who comes to know it, and when. */
  readonly seen: readonly { readonly guardian: number; readonly atMs: number }[]
}

export function createOffers(
  rng: Rng,
  count: number,
  guardians: number,
  untilMs: number,
): readonly Offered[] {
  return Array.from({ length: count }, (_, index) => {
    const good = rng.next() < 0.75
    const everybody = rng.next() < 0.6
    const someone = between(rng, 0, guardians - 1)
    const startMs = rng.next() * untilMs
    const seen = Array.from({ length: guardians }, (_, guardian) => guardian)
      .filter((guardian) => guardian === someone || everybody || rng.next() < 0.4)
      .map((guardian) => ({ guardian, atMs: startMs + rng.next() * 400 }))
    const judgements = Array.from({ length: guardians }, (_, guardian): Judgement => {
      if (good || guardian === someone) return 'accept'
      return rng.next() < 0.4 ? 'accept' : rng.next() < 0.7 ? 'reject' : 'abstain'
    })
    return { id: index + 1, good, judgements, seen }
  })
}

export function toPayload(id: number): Uint8Array {
  return Uint8Array.of(0x6f, id >> 8, id & 0xff)
}

/** `null` for a heartbeat and for what is no offer. */
export function offerIn({ payload }: Block): number | null {
  const [mark, high, low] = payload
  if (payload.length !== 3 || mark !== 0x6f || high === undefined || low === undefined) return null
  return high * 256 + low
}

/** One guardian's view of the offers: the facts it has (they survive a crash), and what the log has ordered. */
export interface Desk {
  know(id: number): void
  finalize(block: Block): void
  isFinal(id: number): boolean
  /** After a restart the log tells everything again. */
  restart(): void
  /** What to order next, after these blocks: any of several, so that none stands in the way of the others. */
  propose(ancestors: readonly Entry[]): Uint8Array | null
  judge(block: Block, ancestors: readonly Entry[]): Judgement
}

export function createDesk(rng: Rng, guardian: number, offers: readonly Offered[]): Desk {
  const known = new Set<number>()
  const final = new Set<number>()
  const isOrdered = (id: number, ancestors: readonly Entry[]): boolean =>
    final.has(id) || ancestors.some(({ block }) => offerIn(block) === id)
  return {
    know: (id) => void known.add(id),
    finalize(block) {
      const id = offerIn(block)
      if (id !== null) final.add(id)
    },
    isFinal: (id) => final.has(id),
    restart: () => final.clear(),
    propose(ancestors) {
      const open = [...known].filter(
        (id) => offers[id - 1]?.judgements[guardian] === 'accept' && !isOrdered(id, ancestors),
      )
      return open.length === 0 ? null : toPayload(pick(rng, open))
    },
    judge(block, ancestors) {
      const id = offerIn(block)
      if (id === null || isOrdered(id, ancestors)) return 'reject'
      return offers[id - 1]?.judgements[guardian] ?? 'reject'
    },
  }
}
