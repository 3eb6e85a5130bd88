/** What guardians would have ordered: their own offers, and those that others send to the leader. */
import { assert, type Hex, keccak } from '@breakwater/kernel'
import { MAX_PAYLOAD_BYTES } from './block.ts'
import type { OfferHistory, State } from './state.ts'

/** Offers whose history is remembered. */
const MAX_HISTORIES = 64

/** What this guardian itself would have ordered. The same payload again stays as old as it is. */
export function takeOffer(state: State, parent: Hex, payload: Uint8Array | null): void {
  if (payload === null || payload.length === 0) {
    state.offer = null
    return
  }
  assert(payload.length <= MAX_PAYLOAD_BYTES, `a payload of ${payload.length} bytes`)
  const history = historyOf(state, payload)
  if (state.offer?.history !== history || state.offer.parent !== parent) state.pace.offered = false
  state.offer = { payload, parent, history }
}

/** Each guardian's latest offer waits until this guardian leads. */
export function receiveOffer(state: State, from: number, payload: Uint8Array): void {
  if (from !== state.config.self && payload.length > 0) state.offers.set(from, payload)
}

export function noteTried(state: State, payload: Uint8Array): void {
  if (payload.length > 0) historyOf(state, payload).tries++
}

function historyOf({ histories, view }: State, payload: Uint8Array): OfferHistory {
  const digest = keccak(payload)
  const history = histories.get(digest) ?? { since: view, tries: 0 }
  histories.delete(digest)
  histories.set(digest, history)
  const [oldest] = histories.keys()
  if (histories.size > MAX_HISTORIES && oldest !== undefined) histories.delete(oldest)
  return history
}

/**
 * An offer is worth hurrying for during two rounds of leaders: since it was made, or since another payload became
 * final, which shows that guardians agree again. One that was not taken by then waits for heartbeats.
 */
export function isFresh({ view, payloadFinalized, config }: State, { since }: OfferHistory): boolean {
  const start = since > payloadFinalized ? since : payloadFinalized
  return view - start < 2n * BigInt(config.guardians.length)
}

/**
 * The offer that this leader has tried least, its own first among equals: one that the others do not take must not
 * stand in the way of theirs for ever. Another guardian is heard once a view, and not while one is being judged.
 */
export function nextOffer(
  state: State,
  tip: Hex,
  judging: boolean,
): { from: number; payload: Uint8Array } | null {
  const { offer, offers, histories, heard, config } = state
  const isTimely = (history: OfferHistory) => state.pace.heartbeatDue || isFresh(state, history)
  const own = offer !== null && offer.parent === tip && isTimely(offer.history) ? offer : null
  let best = own === null ? null : { from: config.self, payload: own.payload }
  let fewest = own === null ? Number.POSITIVE_INFINITY : own.history.tries
  for (const [from, payload] of judging ? [] : offers) {
    const history = histories.get(keccak(payload)) ?? { since: state.view, tries: 0 }
    if (heard.has(from) || !isTimely(history) || history.tries >= fewest) continue
    best = { from, payload }
    fewest = history.tries
  }
  if (best !== null && best.from !== config.self) {
    heard.add(best.from)
    offers.delete(best.from)
    historyOf(state, best.payload)
  }
  return best
}
