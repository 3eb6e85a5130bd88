/** Proposals: made by the leader, judged by everybody. */
import { assert, type Hex, type Judgement } from '@breakwater/kernel'
import { type Block, blockDigest, MAX_PAYLOAD_BYTES } from './block.ts'
import { entriesTo, missJustification } from './branch.ts'
import type { QuorumCertificate } from './certificate.ts'
import type { Entry } from './chain.ts'
import { MAX_CERTIFICATES } from './message.ts'
import { leaderOf } from './rules.ts'
import { emit, isLeader, LOOKAHEAD_VIEWS, type State, viewOf } from './state.ts'
import { FINALIZE, NO_BLOCK, NOTARIZE, NULLIFY } from './vote.ts'
import { castVote, receiveCertificate } from './voting.ts'

const MAX_PROPOSALS = 2

export function receiveProposal(
  state: State,
  from: number,
  block: Block,
  justification: readonly QuorumCertificate[],
): void {
  const { config } = state
  if (block.epoch !== config.epoch || from === config.self) return
  if (leaderOf(block.view, config.guardians.length) !== from || block.parentView >= block.view) return
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

/** As the leader, proposes: the own offer, else another's that this guardian accepts, else a heartbeat when it is due. */
export function lead(state: State): boolean {
  const { own, proposals, judgements } = viewOf(state, state.view)
  const { tip, candidate } = state
  if (!isLeader(state) || tip === null || proposals.size > 0 || own.notarize !== null || own.nullify)
    return false
  if (state.offer !== null && state.offer.parent === tip.digest) {
    return propose(state, nextBlock(state, tip, state.offer.payload))
  }
  if (candidate !== null && judgements.get(candidate.digest) === 'accept') {
    return propose(state, candidate.block)
  }
  if (state.pace.heartbeatDue) return propose(state, nextBlock(state, tip, new Uint8Array(0)))
  if (candidate !== null && judgements.get(candidate.digest) === 'asked') return false
  for (const [guardian, payload] of state.offers) {
    if (state.heard.has(guardian)) continue
    state.heard.add(guardian)
    state.offers.delete(guardian)
    const block = nextBlock(state, tip, payload)
    const digest = blockDigest(block)
    if (judgements.has(digest)) continue
    state.candidate = { digest, block }
    judge(state, digest, block, tip.entries)
    return true
  }
  return false
}

function nextBlock(state: State, tip: { view: bigint; digest: Hex }, payload: Uint8Array): Block {
  return { epoch: state.config.epoch, view: state.view, parentView: tip.view, parent: tip.digest, payload }
}

function propose(state: State, block: Block): true {
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

/** What this guardian itself would have ordered. The same payload again stays as old as it is. */
export function takeOffer(state: State, parent: Hex, payload: Uint8Array | null): void {
  if (payload === null || payload.length === 0) {
    state.offer = null
    return
  }
  assert(payload.length <= MAX_PAYLOAD_BYTES, `a payload of ${payload.length} bytes`)
  const earlier = state.offer
  const same = earlier !== null && equal(earlier.payload, payload)
  state.offer = { payload, parent, since: same ? earlier.since : state.view }
  if (!same) state.pace.offered = false
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

export function receiveOffer(state: State, from: number, payload: Uint8Array): void {
  if (from !== state.config.self && payload.length > 0) state.offers.set(from, payload)
}
