/** From the log back to where the guardian was, and the log made short again. */
import { BaseError, defined } from '@breakwater/kernel'
import { type Block, blockDigest } from './block.ts'
import { commit } from './branch.ts'
import type { LogRecord } from './record.ts'
import { FOR_EVER, isSilent } from './silence.ts'
import { emit, type State, viewOf } from './state.ts'
import { FINALIZE, NO_BLOCK, NOTARIZE, NULLIFY, VOTE_KINDS } from './vote.ts'
import { enter, forgetOld, keepVotes, recordCertificate, recountOwnVotes } from './voting.ts'

/**
 * Reads the log. What it had finalized comes out again; nothing else does.
 * @throws CONSENSUS_RECORD_EPOCH when it is the log of another epoch, whose votes mean nothing here.
 */
export function recover(state: State, records: readonly LogRecord[]): void {
  state.replaying = true
  for (const record of records) {
    recall(state, record)
    if ('block' in record) checkEpoch(state, record.block)
    const view = restore(state, record)
    if (view > state.view) state.view = view
    if (commit(state)) forgetOld(state)
  }
  state.replaying = false
  enter(state, state.view > 0n ? state.view : 1n)
  recountOwnVotes(state)
}

function checkEpoch({ config }: State, { epoch }: Block): void {
  if (epoch === config.epoch) return
  throw new BaseError(
    'CONSENSUS_RECORD_EPOCH',
    `the guardian's log is of epoch ${epoch}, not of epoch ${config.epoch}`,
    { hint: 'each epoch has a log of its own: check the path of the log and the registry' },
  )
}

/** What the guard before the key has to know. */
function recall({ config: { guard, epoch } }: State, record: LogRecord): void {
  switch (record.kind) {
    case 'notarize':
      guard?.admit({ epoch, view: record.block.view, kind: NOTARIZE, digest: blockDigest(record.block) })
      break
    case 'nullify':
      guard?.admit({ epoch, view: record.view, kind: NULLIFY, digest: NO_BLOCK })
      break
    case 'finalize':
      guard?.admit({ epoch, view: record.view, kind: FINALIZE, digest: record.digest })
      break
    case 'finalized':
      guard?.raise(record.block.view)
      break
    case 'silent':
      if (record.below !== FOR_EVER) guard?.raise(record.below)
  }
}

/** Puts one record back; returns the view that the guardian must have reached when it was written. */
function restore(state: State, record: LogRecord): bigint {
  const final = state.chain.final().view
  switch (record.kind) {
    case 'notarize':
      if (record.block.view > final) restoreNotarize(state, record.block)
      return record.block.view
    case 'nullify':
      viewOf(state, record.view).own.nullify = true
      return record.view
    case 'finalize':
      viewOf(state, record.view).own.finalize = record.digest
      return record.view + 1n
    case 'certificate':
      keepVotes(state, record.certificate)
      if (record.certificate.view >= final) recordCertificate(state, record.certificate)
      return record.certificate.view + 1n
    case 'block':
      if (record.block.view > final) state.chain.add(blockDigest(record.block), record.block)
      return 0n
    case 'finalized': {
      const { block } = record
      if (block.view > final) {
        const digest = blockDigest(block)
        state.chain.finalize([{ digest, block }])
        emit(state, { kind: 'finalized', digest, block, certificate: null, replayed: true })
      }
      return block.view + 1n
    }
    case 'silent':
      state.silentBelow = record.below
      return 0n
  }
}

function restoreNotarize(state: State, block: Block): void {
  const digest = blockDigest(block)
  const view = viewOf(state, block.view)
  view.own.notarize = digest
  view.proposals.set(digest, block)
  view.judgements.set(digest, 'weighed')
  state.chain.add(digest, block)
}

/** A short log that leads to the present state, but for the finalized payloads before the last finalized block. */
export function checkpoint(state: State): readonly LogRecord[] {
  const records: LogRecord[] = []
  const final = state.chain.final()
  if (isSilent(state, final.view)) records.push({ kind: 'silent', below: state.silentBelow })
  const block = state.chain.get(final.digest)
  if (block !== undefined) records.push({ kind: 'finalized', block })
  for (const [number, { own, certificates }] of [...state.views].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (number < final.view) continue
    if (own.notarize !== null && number > final.view) {
      const notarized = defined(state.chain.get(own.notarize), 'the block that this guardian notarized')
      records.push({ kind: 'notarize', block: notarized })
    }
    if (own.nullify) records.push({ kind: 'nullify', view: number })
    if (own.finalize !== null) records.push({ kind: 'finalize', view: number, digest: own.finalize })
    for (const kind of VOTE_KINDS) {
      const certificate = certificates[kind]
      if (certificate !== null) records.push({ kind: 'certificate', certificate })
    }
  }
  return records
}
