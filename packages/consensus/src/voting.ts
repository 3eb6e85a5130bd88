/** Votes, certificates, and the step from one view to the next. */
import { assert, defined, type Hex } from '@breakwater/kernel'
import { assembleCertificate, claimedVotes, openCertificate, type QuorumCertificate } from './certificate.ts'
import { fallSilent, isSilent } from './silence.ts'
import { emit, isWellFormed, LOOKAHEAD_VIEWS, leader, type State, TAIL_VIEWS, viewOf } from './state.ts'
import { FINALIZE, NO_BLOCK, NOTARIZE, NULLIFY, type SignedVote, type Vote, type VoteKind } from './vote.ts'

/** Gives this guardian's vote, unless it keeps silent: into the log first, then to everybody. The rules have allowed it. */
export function castVote(state: State, kind: VoteKind, number: bigint, digest: Hex): void {
  if (isSilent(state, number)) return
  const { own, proposals } = viewOf(state, number)
  if (kind === NOTARIZE) {
    const block = defined(proposals.get(digest), 'the block to notarize')
    own.notarize = digest
    emit(state, { kind: 'persist', record: { kind: 'notarize', block }, durable: true })
  } else if (kind === NULLIFY) {
    own.nullify = true
    emit(state, { kind: 'persist', record: { kind: 'nullify', view: number }, durable: true })
  } else {
    own.finalize = digest
    emit(state, { kind: 'persist', record: { kind: 'finalize', view: number, digest }, durable: true })
  }
  const vote = signVote(state, { kind, view: number, digest })
  emit(state, { kind: 'send', to: 'all', message: { kind: 'vote', vote } })
  countVote(state, state.config.self, vote)
}

function signVote(state: State, vote: Vote): SignedVote {
  const { guard, signing, epoch } = state.config
  guard?.admit({ ...vote, epoch })
  return { ...vote, signature: signing.sign(state.digestOf(vote)) }
}

/** After a restart: the votes given before it count again, but for those from before a log that was lost. */
export function recountOwnVotes(state: State): void {
  for (const [view, { own }] of [...state.views]) {
    if (isSilent(state, view)) continue
    const again = (kind: VoteKind, digest: Hex) =>
      countVote(state, state.config.self, signVote(state, { kind, view, digest }))
    if (own.notarize !== null) again(NOTARIZE, own.notarize)
    if (own.nullify) again(NULLIFY, NO_BLOCK)
    if (own.finalize !== null) again(FINALIZE, own.finalize)
  }
}

export function receiveVote(state: State, from: number, vote: SignedVote): void {
  const { config, latest } = state
  if (vote.view + TAIL_VIEWS < state.view || !isWellFormed(vote)) return
  const near = vote.view <= state.view + LOOKAHEAD_VIEWS
  if (near && state.views.get(vote.view)?.votes[vote.kind].get(from)?.digest === vote.digest) return
  if (!near && vote.view <= (latest[from] ?? 0n)) return
  if (config.signing.recover(state.digestOf(vote), vote.signature) !== config.guardians[from]) return
  noticeVote(state, from, vote)
  if (near) countVote(state, from, vote)
}

function noticeVote(state: State, from: number, vote: SignedVote): void {
  if (vote.view > (state.latest[from] ?? 0n)) state.latest[from] = vote.view
}

function collectEvidence(state: State, from: number, vote: SignedVote): void {
  const evidence = state.evidence.add(from, vote)
  if (evidence !== null) emit(state, { kind: 'evidence', evidence })
}

function countVote(state: State, from: number, vote: SignedVote): void {
  collectEvidence(state, from, vote)
  const view = viewOf(state, vote.view)
  const votes = view.votes[vote.kind]
  if (votes.has(from)) return
  votes.set(from, vote)
  if (view.certificates[vote.kind] !== null) return
  const signatures = new Map<number, Hex>()
  for (const [guardian, { digest, signature }] of votes) {
    if (digest === vote.digest) signatures.set(guardian, signature)
  }
  if (signatures.size >= state.quorum) recordCertificate(state, assembleCertificate(vote, signatures))
}

/** After a restart: votes in certificates of the log, which were checked before they were written, still prove faults. */
export function keepVotes(state: State, certificate: QuorumCertificate): void {
  const votes = claimedVotes(certificate, state.config.guardians.length) ?? []
  for (const [guardian, vote] of votes) collectEvidence(state, guardian, vote)
}

/** Takes a certificate whose signatures were checked, once. */
export function recordCertificate(state: State, certificate: QuorumCertificate): void {
  const { kind, view } = certificate
  viewOf(state, view).certificates[kind] = certificate
  const finalizes = kind === FINALIZE && view > (state.finalization?.view ?? 0n)
  // Who acted on it must be able to show it after a crash: should there be another log, it convicts the signers.
  emit(state, { kind: 'persist', record: { kind: 'certificate', certificate }, durable: finalizes })
  if (finalizes) state.finalization = certificate
  // What moves this guardian on may be all that moves the others: who made it may have told nobody else.
  if (view >= state.view || finalizes) {
    emit(state, { kind: 'send', to: 'all', message: { kind: 'certificate', certificate } })
  }
  if (view > state.certifiedView) state.certifiedView = view
}

export function receiveCertificate(state: State, certificate: QuorumCertificate): void {
  const { kind, view, digest } = certificate
  const final = state.chain.final()
  const old = view <= final.view
  if (!isWellFormed(certificate) || (old && view + TAIL_VIEWS < state.view)) return
  const known = state.views.get(view)?.certificates[kind] ?? null
  if (known?.digest === digest) return
  const { guardians, signing } = state.config
  const votes = openCertificate(
    certificate,
    state.digestOf(certificate),
    guardians,
    state.quorum,
    signing.recover,
  )
  if (votes === null) return
  for (const [guardian, vote] of votes) {
    noticeVote(state, guardian, vote)
    collectEvidence(state, guardian, vote)
  }
  const own = votes.get(state.config.self)
  if (own !== undefined && isForgotten(state, own)) fallSilent(state)
  if (kind === FINALIZE && (known !== null || state.chain.contradicts(view, digest))) {
    fork(state, certificate)
  } else if (known === null && old) {
    viewOf(state, view).certificates[kind] = certificate
  } else if (known === null) {
    recordCertificate(state, certificate)
  }
}

/** Of views that are final or before the safe point, own votes need not be known. */
function isForgotten(state: State, vote: Vote): boolean {
  if (vote.view <= state.chain.final().view || isSilent(state, vote.view)) return false
  return !state.rules.isRemembered(viewOf(state, vote.view).own, vote)
}

/** There are two finalized logs: going on would make it worse. */
export function fork(state: State, certificate: QuorumCertificate): void {
  assert(certificate.kind === FINALIZE, 'only a finalization forks the log')
  state.halted = true
  emit(state, { kind: 'forked', certificate })
}

/** Leaves the view once it is certified, whichever way. */
export function advance(state: State): boolean {
  const left = state.certifiedView
  if (left < state.view) return false
  enter(state, left + 1n)
  const view = viewOf(state, left)
  const notarization = view.certificates[NOTARIZE]
  if (notarization !== null && view.certificates[FINALIZE] === null && state.rules.mayFinalize(view.own)) {
    castVote(state, FINALIZE, left, notarization.digest)
  }
  return true
}

export function enter(state: State, number: bigint): void {
  state.view = number
  state.candidates.clear()
  state.heard.clear()
  state.hearing = false
  state.pace.active = false
  state.pace.heartbeatDue = false
  state.pace.offered = false
  emit(state, { kind: 'entered', view: number, leader: leader(state) })
  forgetOld(state)
}

/** Memory is bounded: of views gone by, only certificates and own votes stay, until a finalized block covers them. */
export function forgetOld(state: State): void {
  const floor = state.view - TAIL_VIEWS
  const final = state.chain.final().view
  state.evidence.forgetBelow(floor)
  state.config.guard?.raise(floor < final ? floor : final)
  for (const [number, view] of state.views) {
    if (number >= state.view) continue
    if (number < floor && number < final) {
      state.views.delete(number)
      continue
    }
    for (const digest of view.proposals.keys()) {
      const certified = ([NOTARIZE, FINALIZE] as const).some(
        (kind) => view.certificates[kind]?.digest === digest,
      )
      if (digest !== view.own.notarize && !certified) state.chain.drop(digest)
    }
    view.proposals.clear()
    view.judgements.clear()
    if (number < floor) for (const votes of Object.values(view.votes)) votes.clear()
  }
}
