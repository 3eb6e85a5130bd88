/** Proposals: made by the leader, judged by everybody. */
import type { Hex, Judgement } from '@breakwater/kernel'
import { type Block, blockDigest } from './block.ts'
import { entriesTo, isPending, missJustification } from './branch.ts'
import type { QuorumCertificate } from './certificate.ts'
import type { Entry } from './chain.ts'
import { MAX_CERTIFICATES } from './message.ts'
import { noteTried, ownOffer, takeOthersOffers } from './offers.ts'
import { isSilent } from './silence.ts'
import { emit, isLeader, LOOKAHEAD_VIEWS, type Offer, type State, type Tip, viewOf } from './state.ts'
import { roundsInVain, setTimer, viewDeltaMs } from './timer.ts'
import { FINALIZE, NO_BLOCK, NOTARIZE, NULLIFY } from './vote.ts'
import { castVote, receiveCertificate } from './voting.ts'

const MAX_PROPOSALS = 2
/** The payload of a heartbeat. */
const NOTHING = new Uint8Array(0)

export function receiveProposal(
  state: State,
  from: number,
  block: Block,
  justification: readonly QuorumCertificate[],
): void {
  const { epoch, guardians } = state.config
  if (block.epoch !== epoch || block.parentView >= block.view) return
  if (state.rules.leaderOf(block.view, guardians.length) !== from) return
  for (const certificate of justification) receiveCertificate(state, certificate)
  if (block.view <= state.certifiedView || block.view > state.certifiedView + LOOKAHEAD_VIEWS) return
  const { proposals } = viewOf(state, block.view)
  if (proposals.size < MAX_PROPOSALS) addProposal(state, blockDigest(block), block)
}

function addProposal(state: State, digest: Hex, block: Block): void {
  viewOf(state, block.view).proposals.set(digest, block)
  state.chain.add(digest, block)
}

/** Takes the view's proposals one step further: justified, judged, voted for. */
export function consider(state: State): boolean {
  const { own, proposals, judgements } = viewOf(state, state.view)
  for (const [digest, block] of proposals) {
    const judgement = judgements.get(digest)
    if (judgement === undefined) {
      if (askJudgement(state, digest, block)) return true
    } else if (judgement !== 'asked' && judgement !== 'weighed') {
      judgements.set(digest, 'weighed')
      if (state.rules.mayNotarize(own, judgement)) castVote(state, NOTARIZE, state.view, digest)
      else if (judgement === 'reject' && own.notarize === null) nullify(state)
      return true
    }
  }
  return false
}

/** A rejected or missing proposal: let the view pass. */
export function nullify(state: State): void {
  if (state.rules.mayNullify(viewOf(state, state.view).own)) castVote(state, NULLIFY, state.view, NO_BLOCK)
}

/** Whether the proposal could be judged by now. */
function askJudgement(state: State, digest: Hex, block: Block): boolean {
  if (!state.rules.isJustified(block, state.certified)) {
    missJustification(state, block)
    return false
  }
  const entries = entriesTo(state, block.parent)
  if (entries === null) return false
  judge(state, digest, block, entries)
  return true
}

function judge(state: State, digest: Hex, block: Block, entries: readonly Entry[]): void {
  const { judgements } = viewOf(state, state.view)
  if (block.payload.length === 0) {
    judgements.set(digest, 'accept')
    return
  }
  judgements.set(digest, 'asked')
  emit(state, { kind: 'judge', digest, block, ancestors: entries })
}

export function receiveJudgement(state: State, digest: Hex, judgement: Judgement): void {
  const { judgements } = viewOf(state, state.view)
  if (judgements.get(digest) !== 'asked') return
  judgements.set(digest, judgement)
}

/**
 * As the leader, proposes: an offer, be it the own one or another's that this guardian accepts. When the heartbeat is
 * due, an empty block if there is none, if a payload waits for a block to become final with, or if a round of leaders
 * has passed in vain: offers on which guardians disagree must not keep the log from growing.
 */
export function lead(state: State): boolean {
  const { own, proposals, judgements } = viewOf(state, state.view)
  const { tip, candidates, hearing } = state
  const done = proposals.size > 0 || own.notarize !== null || own.nullify
  if (!isLeader(state) || tip === null || done || isSilent(state, state.view)) return false
  const propose = (payload: Uint8Array) => proposeBlock(state, nextBlock(state, tip, payload))

  const offer = ownOffer(state, tip.digest)
  if (offer?.history.tries === 0) return propose(offer.payload)
  for (const [digest, block] of candidates) {
    if (judgements.get(digest) === 'accept') return proposeBlock(state, block)
  }
  const isDue = state.pace.heartbeatDue
  if (isDue && (isPending(state) || roundsInVain(state) > 0)) return propose(NOTHING)
  if (hearOthers(state, tip, offer)) return true
  if (hearing && [...candidates.keys()].some((digest) => judgements.get(digest) === 'asked')) return false
  if (offer !== null) return propose(offer.payload)
  return isDue && propose(NOTHING)
}

/** Begins to judge what others offer. Who waits for that in vain must not keep the leader waiting for long. */
function hearOthers(state: State, tip: Tip, own: Offer | null): boolean {
  const payloads = takeOthersOffers(state, own?.history.tries ?? Number.POSITIVE_INFINITY)
  for (const payload of payloads) {
    const block = nextBlock(state, tip, payload)
    const digest = blockDigest(block)
    if (!viewOf(state, state.view).judgements.has(digest)) judge(state, digest, block, tip.entries)
    state.candidates.set(digest, block)
  }
  if (payloads.length === 0) return false
  state.hearing = true
  setTimer(state, 'hear', viewDeltaMs(state))
  return true
}

function nextBlock(state: State, tip: Tip, payload: Uint8Array): Block {
  return { epoch: state.config.epoch, view: state.view, parentView: tip.view, parent: tip.digest, payload }
}

function proposeBlock(state: State, block: Block): true {
  noteTried(state, block.payload)
  addProposal(state, blockDigest(block), block)
  sendProposal(state, block)
  return true
}

export function sendProposal(state: State, block: Block): void {
  emit(state, {
    kind: 'send',
    to: 'all',
    message: { kind: 'propose', block, justification: justificationOf(state, block) },
  })
}

/** The parent's certificate and the latest of the nullifications since: whoever lacks earlier ones asks. */
function justificationOf(state: State, block: Block): readonly QuorumCertificate[] {
  const certificates: QuorumCertificate[] = []
  const parent = state.views.get(block.parentView)?.certificates
  const notarization = parent?.[NOTARIZE] ?? parent?.[FINALIZE]
  if (notarization) certificates.push(notarization)
  for (let view = block.view - 1n; view > block.parentView; view--) {
    const nullification = state.views.get(view)?.certificates[NULLIFY]
    if (nullification && certificates.length < MAX_CERTIFICATES) certificates.push(nullification)
  }
  return certificates
}
