/**
 * What simulated guardians order: numbered offers. A good one is something that happened, which all honest guardians
 * accept, sooner or later; a doubtful one is accepted by some, while others reject it or cannot tell.
 */
import {
  BaseError,
  between,
  type Duty,
  type Hex,
  type Judgement,
  pick,
  type Rng,
  toWord,
} from '@breakwater/kernel'

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

function toId(payload: Uint8Array): number {
  const [mark, high, low] = payload
  if (payload.length !== 3 || mark !== 0x6f || high === undefined || low === undefined) {
    throw new BaseError('KERNEL_DECODE', 'this is no offer')
  }
  return high * 256 + low
}

/** The digest of the action that an offer asks for. */
export function actionOf(id: number): Hex {
  return toWord(BigInt(id))
}

/** What the log has ordered so far. */
export type Ordered = readonly number[]

export interface DutyOptions {
  readonly rng: Rng
  readonly guardian: number
  readonly offers: readonly Offered[]
  /** The facts that this guardian has: they survive a crash. */
  readonly known: ReadonlySet<number>
  /** Takes the time that a judgement takes; may take for ever, or fail. */
  deliberate(ordered: Ordered, id: number, judgement: Judgement): Promise<Judgement>
}

/** Guardians order each offer once. Of several, any may come next, so that none stands in the way of the others. */
export function createOfferDuty({
  rng,
  guardian,
  offers,
  known,
  deliberate,
}: DutyOptions): Duty<number, Ordered, number> {
  const judge = (ordered: Ordered, id: number): Judgement =>
    ordered.includes(id) ? 'reject' : (offers[id - 1]?.judgements[guardian] ?? 'reject')
  return {
    id: 'offers',
    init: [],
    decode: toId,
    encode: toPayload,
    propose(ordered) {
      const open = [...known].filter((id) => judge(ordered, id) === 'accept')
      return open.length === 0 ? null : pick(rng, open)
    },
    validate: (ordered, id) => deliberate(ordered, id, judge(ordered, id)),
    apply: (ordered, id) => ({ state: [...ordered, id], effects: [id] }),
  }
}
