/**
 * A guardian whose log is lost does not know what it has voted, and must give no vote in a view where it may have.
 * It keeps silent until the epoch's safe point, follows meanwhile, and signs what the others finalize.
 *
 * That the log is lost is known beforehand (`Doubt.isLost`: something outside the log remembers that there was one), or
 * seen when a certificate has a vote of this guardian's that its log lacks, as after an older copy was put back.
 *
 * The safe point. Let V be the highest view in which it voted. It was in V, so V − 1 had a certificate of n − f
 * guardians, of whom n − f − 1 are others, who had then all voted in V − 1: their logs hold them there for ever. Asked
 * now, each honest one of them says that it is in view V − 1 at least. Of 2f + 1 others who answer a fresh question,
 * at most f lie and at most f honest ones are not among those n − f − 1, so one tells: V is at most the highest view
 * told, plus one. Lies upwards are impossible, because an answer carries the certificate that led into the view.
 * Fewer answers prove nothing, whatever time passes: then it keeps silent for the rest of the epoch, whose end ends
 * all that its votes can contradict. With three guardians or fewer that is so too, as nobody gets on without it.
 * @module
 */
import type { Hex } from '@breakwater/kernel'
import { openCertificate, type QuorumCertificate } from './certificate.ts'
import { emit, isWellFormed, type State } from './state.ts'
import { setTimer } from './timer.ts'
import { VOTE_KINDS } from './vote.ts'

/** No view reaches it. */
export const FOR_EVER = 2n ** 64n - 1n

export function isSilent(state: State, view: bigint): boolean {
  return view < state.silentBelow
}

/** Alone, a guardian's votes have been seen by nobody. */
export function fallSilent(state: State): void {
  if (state.config.guardians.length === 1 || state.silentBelow === FOR_EVER) return
  state.positions.clear()
  keepSilent(state, FOR_EVER)
  askPositions(state)
}

function keepSilent(state: State, below: bigint): void {
  state.silentBelow = below
  emit(state, { kind: 'persist', record: { kind: 'silent', below }, durable: true })
}

/** Asks those who have not answered yet; again and again. */
export function askPositions(state: State): void {
  const { nonce, positions, config } = state
  if (state.silentBelow !== FOR_EVER || nonce === null) return
  for (const to of config.guardians.keys()) {
    if (to === config.self || positions.has(to)) continue
    emit(state, { kind: 'send', to, message: { kind: 'askPosition', nonce } })
  }
  setTimer(state, 'position', 4 * config.deltaMs)
}

/** Who cannot tell, because its own log was lost or the certificate is not here, says nothing. */
export function answerPosition(state: State, to: number, nonce: Hex): void {
  if (isSilent(state, state.view)) return
  const entry = state.views.get(state.view - 1n)?.certificates
  const certificate = VOTE_KINDS.map((kind) => entry?.[kind] ?? null).find((each) => each !== null) ?? null
  if (certificate === null && state.view > 1n) return
  emit(state, { kind: 'send', to, message: { kind: 'position', nonce, certificate } })
}

export function receivePosition(
  state: State,
  from: number,
  nonce: Hex,
  certificate: QuorumCertificate | null,
): void {
  if (state.silentBelow !== FOR_EVER || nonce !== state.nonce) return
  if (certificate !== null && !isValid(state, certificate)) return
  state.positions.set(from, certificate === null ? 1n : certificate.view + 1n)
  const safe = state.rules.safeView([...state.positions.values()], state.config.guardians.length)
  if (safe === null) return
  keepSilent(state, safe)
  state.config.guard?.raise(safe)
}

function isValid(state: State, certificate: QuorumCertificate): boolean {
  const { guardians, signing } = state.config
  const digest = state.digestOf(certificate)
  return (
    isWellFormed(certificate) &&
    openCertificate(certificate, digest, guardians, state.quorum, signing.recover) !== null
  )
}
