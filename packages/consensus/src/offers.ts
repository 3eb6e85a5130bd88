/** What guardians would have ordered: their own offers, and those that others send to the leader. */
import { assert, type Hex, keccak } from '@breakwater/kernel'
import { MAX_PAYLOAD_BYTES } from './block.ts'
import type { Offer, OfferHistory, State } from './state.ts'

/** Offers whose history is remembered. */
const MAX_HISTORIES = 64
/** Offers of one guardian that a leader judges in a view. */
const MAX_HEARINGS = 3

/** What this guardian itself would have ordered. The same payload again stays as old as it is. */
export function takeOffer(state: State, parent: Hex, payload: Uint8Array | null): void {
  if (payload === null || payload.length === 0) {
    state.offer = null
    return
  }
  assert(payload.length <= MAX_PAYLOAD_BYTES, `a payload of ${payload.length} bytes`)
  const history = historyOf(state, keccak(payload))
  if (state.offer?.history !== history || state.offer.parent !== parent) state.pace.offered = false
  state.offer = { payload, parent, history }
}

/** Each guardian's latest offer waits until this guardian leads the view that it is meant for. */
export function receiveOffer(state: State, from: number, view: bigint, payload: Uint8Array): void {
  if (payload.length === 0 || view < state.view) return
  state.offers.set(from, { view, payload, digest: keccak(payload) })
}

export function noteTried(state: State, payload: Uint8Array): void {
  if (payload.length > 0) historyOf(state, keccak(payload)).tries++
}

function historyOf({ histories, view }: State, digest: Hex): OfferHistory {
  const history = histories.get(digest) ?? { since: view, tries: 0 }
  histories.delete(digest)
  histories.set(digest, history)
  const [oldest] = histories.keys()
  if (histories.size > MAX_HISTORIES && oldest !== undefined) histories.delete(oldest)
  return history
}

/**
 * An offer is worth hurrying for until each leader has had its turn: since it was made, or since another payload became
 * final, which shows that guardians agree again. One that was not taken by then waits for heartbeats.
 */
export function isFresh({ view, payloadFinalized, config }: State, { since }: OfferHistory): boolean {
  const start = since > payloadFinalized ? since : payloadFinalized
  return view - start < BigInt(config.guardians.length)
}

/** The own offer for the block after `tip`, if now is its time. */
export function ownOffer(state: State, tip: Hex): Offer | null {
  const { offer, pace } = state
  if (offer === null || offer.parent !== tip) return null
  return pace.heartbeatDue || isFresh(state, offer.history) ? offer : null
}

/**
 * Takes the offers of others that this leader has tried least, and less than its own: one that the others do not take
 * must not stand in the way of theirs for ever.
 */
export function takeOthersOffers(state: State, ownTries: number): readonly Uint8Array[] {
  const { offers, histories, heard, pace } = state
  let fewest = ownTries
  let taken: { from: number; digest: Hex; payload: Uint8Array }[] = []
  for (const [from, { view, digest, payload }] of offers) {
    if (view !== state.view || (heard.get(from) ?? 0) >= MAX_HEARINGS) continue
    const history = histories.get(digest) ?? { since: state.view, tries: 0 }
    const isTimely = pace.heartbeatDue || isFresh(state, history)
    if (!isTimely || history.tries > fewest || history.tries >= ownTries) continue
    if (history.tries < fewest) taken = []
    fewest = history.tries
    taken.push({ from, digest, payload })
  }
  for (const { from, digest } of taken) {
    heard.set(from, (heard.get(from) ?? 0) + 1)
    offers.delete(from)
    historyOf(state, digest)
  }
  return taken.map(({ payload }) => payload)
}
