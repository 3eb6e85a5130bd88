/** Which block comes next: the finalized chain, and the branch above it that a proposal would extend. */
import type { Block } from './block.ts'
import type { Entry } from './chain.ts'
import { emit, type Need, type State, TAIL_VIEWS } from './state.ts'
import { fork } from './voting.ts'

/** Hands out what the latest finalization covers, once all of it is here. */
export function commit(state: State): boolean {
  const { chain, finalization } = state
  if (finalization === null || finalization.view <= chain.final().view) return false
  const path = chain.path(finalization.digest)
  if (path.kind === 'fork') {
    fork(state, finalization)
    return false
  }
  if (path.kind === 'missing') {
    miss(state, { kind: 'askBlocks', digest: path.digest, aboveView: chain.final().view })
    return false
  }
  chain.finalize(path.entries)
  for (const { digest, block } of path.entries) {
    if (block.payload.length > 0) state.payloadFinalized = state.view
    if (state.views.get(block.view)?.own.notarize !== digest) {
      emit(state, { kind: 'persist', record: { kind: 'block', block }, durable: false })
    }
    const certificate = digest === finalization.digest ? finalization : null
    emit(state, { kind: 'finalized', digest, block, certificate, replayed: state.replaying })
  }
  return true
}

/** Finds the latest notarized block with nothing but nullified views behind it; tells when it is another now. */
export function extend(state: State): boolean {
  const parent = latestParent(state)
  if (parent === null) {
    state.tip = null
    return false
  }
  const base = state.chain.final().digest
  const { tip } = state
  if (tip !== null && tip.digest === parent.digest && tip.base === base) return false
  const entries = entriesTo(state, parent.digest)
  const same = entries !== null && tip?.digest === parent.digest
  state.tip = entries === null ? null : { ...parent, base, entries }
  if (entries === null || same) return false
  emit(state, { kind: 'tip', digest: parent.digest, ancestors: entries })
  return true
}

/** Whether a payload is notarized and waits to become final. */
export function isPending(state: State): boolean {
  return state.tip?.entries.some(({ block }) => block.payload.length > 0) ?? false
}

function latestParent(state: State): { view: bigint; digest: Entry['digest'] } | null {
  const { certified, chain } = state
  for (let view = state.view - 1n; view >= chain.final().view; view--) {
    const digest = certified.notarized(view)
    if (digest !== null) return { view, digest }
    if (!certified.nullified(view)) {
      miss(state, { kind: 'askCertificates', fromView: startOfGap(state, view) })
      return null
    }
  }
  return null
}

/** The first view of those without a certificate that end in `view`: as far back as is worth asking at once. */
function startOfGap(state: State, view: bigint): bigint {
  const { certified, chain } = state
  let first = view
  while (first - 1n > chain.final().view && view - first < TAIL_VIEWS) {
    if (certified.notarized(first - 1n) !== null || certified.nullified(first - 1n)) break
    first--
  }
  return first
}

/** The blocks after the last finalized one up to `digest`; `null`, and asked for, when one is not here. */
export function entriesTo(state: State, digest: Entry['digest']): readonly Entry[] | null {
  const path = state.chain.path(digest)
  if (path.kind === 'complete') return path.entries
  if (path.kind === 'missing') {
    miss(state, { kind: 'askBlocks', digest: path.digest, aboveView: state.chain.final().view })
  }
  return null
}

/** Asks for the certificate that a proposal rests on and that is not here. */
export function missJustification(state: State, block: Block): void {
  const { certified } = state
  if (block.parentView < state.chain.final().view) return
  for (let view = block.parentView; view < block.view; view++) {
    const here = view === block.parentView ? certified.notarized(view) !== null : certified.nullified(view)
    if (!here) {
      miss(state, { kind: 'askCertificates', fromView: view })
      return
    }
  }
}

/** What is missed first is asked for first: a finalization's blocks before anything else. */
export function miss(state: State, need: Need): void {
  state.need ??= need
}
