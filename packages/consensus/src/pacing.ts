/**
 * When a view may pass. Without anything to order, guardians sit still until the heartbeat. A view becomes active
 * (its timers run) for a guardian
 *
 * - with a fresh offer of its own (later on it waits like everything else, so that an offer which only one guardian
 *   believes in does not keep the others busy);
 * - once the leader has proposed;
 * - once f + 1 others have voted in this view or a later one: then one of them is honest and had a reason;
 * - by the heartbeat, which comes sooner while a payload is notarized but not final.
 *
 * So f faulty guardians cannot hurry the others, whatever they send: of n views in a row, at most f are theirs to lead.
 * @module
 */

import { isPending } from './branch.ts'
import { isFresh } from './offers.ts'
import { sendProposal } from './proposing.ts'
import { emit, faults, isLeader, leader, type State, viewOf } from './state.ts'
import { setTimer, viewDeltaMs } from './timer.ts'
import { FINALIZE, VOTE_KINDS } from './vote.ts'

/** FINALIZE votes that are repeated: a later finalization covers earlier ones. */
const REPEATED_FINALIZE_VIEWS = 4n

/** The leader's heartbeat comes first, so that its proposal meets guardians who are awake. */
function armHeartbeat(state: State, short: boolean): void {
  const delta = viewDeltaMs(state)
  state.pace.armed = { view: state.view, short }
  const delayMs = short ? 3 * delta : state.config.heartbeatMs
  setTimer(state, 'heartbeat', isLeader(state) ? delayMs : delayMs + delta)
}

export function onHeartbeat(state: State): void {
  if (state.pace.armed.short && !isPending(state)) armHeartbeat(state, false)
  else state.pace.heartbeatDue = true
}

/** Sets what timers the view needs by now, and tells the leader of the own offer. */
export function pace(state: State): void {
  if (state.pace.armed.view !== state.view) armHeartbeat(state, isPending(state))
  if (!state.pace.offered) sendOffer(state)
  if (state.pace.active || !isUrgent(state)) return
  state.pace.active = true
  setTimer(state, 'leader', 2 * viewDeltaMs(state))
  setTimer(state, 'advance', 3 * viewDeltaMs(state))
}

function isUrgent(state: State): boolean {
  const { offer, tip, pace } = state
  return (
    (offer !== null && offer.parent === tip?.digest && isFresh(state, offer.history)) ||
    pace.heartbeatDue ||
    viewOf(state, state.view).proposals.size > 0 ||
    othersFrom(state, state.view) > faults(state)
  )
}

/** How many others have voted in `view` or later. */
export function othersFrom(state: State, view: bigint): number {
  return state.latest.filter((latest, guardian) => guardian !== state.config.self && latest >= view).length
}

function sendOffer(state: State): void {
  const { offer, tip } = state
  if (offer === null || offer.parent !== tip?.digest || isLeader(state)) return
  state.pace.offered = true
  emit(state, {
    kind: 'send',
    to: leader(state),
    message: { kind: 'offer', view: state.view, payload: offer.payload },
  })
}

/** Repeats all that the others may lack to follow: what brought this guardian here, and what it has said since. */
export function repeat(state: State): void {
  const entry = state.views.get(state.view - 1n)?.certificates
  const certificates = new Set([...VOTE_KINDS.map((kind) => entry?.[kind] ?? null), state.finalization])
  for (const certificate of certificates) {
    if (certificate) emit(state, { kind: 'send', to: 'all', message: { kind: 'certificate', certificate } })
  }
  const { proposals, votes: given } = viewOf(state, state.view)
  if (isLeader(state)) for (const block of proposals.values()) sendProposal(state, block)
  const { self } = state.config
  const votes = VOTE_KINDS.map((kind) => given[kind].get(self))
  for (let back = 1n; back <= REPEATED_FINALIZE_VIEWS; back++) {
    if (state.view - back <= state.chain.final().view) break
    votes.push(state.views.get(state.view - back)?.votes[FINALIZE].get(self))
  }
  for (const vote of votes) {
    if (vote) emit(state, { kind: 'send', to: 'all', message: { kind: 'vote', vote } })
  }
  state.pace.offered = false
}
