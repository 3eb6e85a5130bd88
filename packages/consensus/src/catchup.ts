/** Asking for what is missing here, one guardian after the other, and answering those who ask. */
import { type Block, blockDigest } from './block.ts'
import type { QuorumCertificate } from './certificate.ts'
import { MAX_BLOCKS, MAX_CERTIFICATES } from './message.ts'
import { othersFrom } from './pacing.ts'
import { emit, faults, type Need, type State } from './state.ts'
import { VOTE_KINDS } from './vote.ts'

/** An answer stays well below the largest message. */
const ANSWER_BYTES = 262_144

/** Asks for what this step found missing; `from` has just said something that needs it, so it may well have it. */
export function ask(state: State, from: number | null): void {
  const need = state.need ?? behind(state)
  if (need === null) {
    state.asked = null
    return
  }
  const { asked } = state
  if (asked !== null && isSame(asked.need, need)) return
  // Where an answer brought the next question, the one who answered goes on; else start with somebody.
  state.asked = { need, attempts: asked?.attempts ?? 0 }
  askGuardian(state, need, from ?? nextGuardian(state))
}

/** The guardian asked last did not help: the next one. */
export function askAgain(state: State): void {
  if (state.asked === null) return
  state.asked = { need: state.asked.need, attempts: state.asked.attempts + 1 }
  askGuardian(state, state.asked.need, nextGuardian(state))
}

function askGuardian(state: State, need: Need, to: number): void {
  emit(state, { kind: 'timer', name: 'retry', view: state.view, delayMs: 2 * state.config.deltaMs })
  if (to !== state.config.self) emit(state, { kind: 'send', to, message: need })
}

function nextGuardian(state: State): number {
  const { self, guardians } = state.config
  const others = Math.max(1, guardians.length - 1)
  return (self + 1 + ((state.asked?.attempts ?? 0) % others)) % guardians.length
}

/** Guardians of whom at least one is honest are in later views: the certificates that took them there are missing. */
function behind(state: State): Need | null {
  if (othersFrom(state, state.view + 1n) <= faults(state)) return null
  return { kind: 'askCertificates', fromView: state.view }
}

function isSame(a: Need, b: Need): boolean {
  if (a.kind === 'askBlocks') return b.kind === a.kind && a.digest === b.digest
  return b.kind === a.kind && a.fromView === b.fromView
}

/**
 * The latest finalization when it is news, what certificates there are from `fromView` on, and those that lead into the
 * present view: with them the other is there, and sees what it lacks in between.
 */
export function answerCertificates(state: State, to: number, fromView: bigint): void {
  const { finalization } = state
  const answer = new Set<QuorumCertificate>()
  const add = (view: bigint): void => {
    for (const kind of VOTE_KINDS) {
      const certificate = state.views.get(view)?.certificates[kind]
      if (certificate) answer.add(certificate)
    }
  }
  if (finalization !== null && finalization.view >= fromView) answer.add(finalization)
  const final = finalization?.view ?? 0n
  let view = fromView > final ? fromView : final + 1n
  for (; view < state.view && answer.size < MAX_CERTIFICATES; view++) add(view)
  if (fromView < state.view) add(state.view - 1n)
  for (const certificate of answer) {
    emit(state, { kind: 'send', to, message: { kind: 'certificate', certificate } })
  }
}

export function answerBlocks(state: State, to: number, digest: Block['parent'], aboveView: bigint): void {
  const blocks: Block[] = []
  let bytes = 0
  for (let at = digest; blocks.length < MAX_BLOCKS; ) {
    const block = state.chain.get(at)
    if (block === undefined || block.view <= aboveView) break
    bytes += block.payload.length
    if (blocks.length > 0 && bytes > ANSWER_BYTES) break
    blocks.push(block)
    at = block.parent
  }
  if (blocks.length > 0) emit(state, { kind: 'send', to, message: { kind: 'blocks', blocks } })
}

/** Takes blocks only in the chain of hashes that was asked for. */
export function receiveBlocks(state: State, blocks: readonly Block[]): void {
  const need = state.asked?.need
  if (need?.kind !== 'askBlocks') return
  let wanted = need.digest
  for (const block of blocks) {
    if (block.epoch !== state.config.epoch || blockDigest(block) !== wanted) return
    state.chain.add(wanted, block)
    if (state.chain.get(block.parent) !== undefined) return
    wanted = block.parent
  }
}
