import {
  type Action,
  actionDigest,
  type BlockRef,
  type Certificate,
  type Facts,
  type Hex,
} from '@breakwater/kernel'
import type { Incident } from '../events.ts'
import { type Entry, executionsIn, foreignEntry, statusOf } from './incident.ts'
import { createLedger, type LedgerDeps } from './ledger.ts'

/** What an incident is told by: response, target and findings, by name and sentence. */
export type IncidentText = Pick<Incident, 'rule' | 'target' | 'findings'>

/** What became of the incidents that guardians agreed on, by the log and by the chain. */
export interface Incidents {
  /** Newest first. */
  all(): readonly Incident[]
  /** @throws NODE_STORE_DAMAGED */
  load(): Promise<void>
  /**
   * The log ordered an action. Answers its digest as long as it has to be signed and carried.
   * @param isReplayed the log was read again: what is over and not known here is history
   */
  agreed(action: Action, text: IncidentText, isReplayed: boolean): Hex | null
  /** Answers the action if it has to be carried. */
  certified(certificate: Certificate): Action | null
  /** A block joined the chain: executions in it, actions that became possible again, and those whose time is over. */
  joined(facts: Facts): void
  /** Blocks left the chain: executions in them did not happen, actions that rest on them are void. */
  left(removed: readonly BlockRef[]): void
  /** Resolves once all changes are stored. */
  saved(): Promise<void>
}

export interface IncidentsDeps extends LedgerDeps {
  /** Where executions are seen; `null` without guardians. */
  breaker: Hex | null
  /** Whether a block is known to be on another branch than the newest: another one has its number there. */
  isOrphaned(number: bigint, hash: Hex): boolean
}

export function createIncidents(deps: IncidentsDeps): Incidents {
  const { breaker } = deps
  const ledger = createLedger(deps)
  return {
    all: () =>
      ledger
        .all()
        .map(({ incident }) => incident)
        .reverse(),
    load: ledger.load,
    saved: ledger.saved,
    agreed(action, text, isReplayed) {
      const known = ledger.get(action.incidentId)
      const entry = known ?? newEntry(action, text, deps)
      entry.order = { action, digest: actionDigest(action) }
      entry.deadlineSeconds = action.deadlineSeconds
      const status = statusOf(entry, deps.nowSeconds())
      // Where its execution was seen first, no more was known of it.
      if (known !== undefined) ledger.refresh(entry, known.incident.rule === 'unknown' ? text : {})
      else if (!isReplayed || status !== 'void') ledger.add(entry)
      return status === 'agreed' || status === 'certified' ? entry.order.digest : null
    },
    certified(certificate) {
      const entry = ledger.all().find(({ order }) => order?.digest === certificate.digest)
      if (entry === undefined) return null
      entry.certificate = certificate
      ledger.refresh(entry, { signers: certificate.signatures.length })
      return entry.incident.status === 'certified' ? (entry.order?.action ?? null) : null
    },
    joined(facts) {
      const { block } = facts
      for (const execution of breaker === null ? [] : executionsIn(facts, breaker)) {
        const known = ledger.get(execution.id)
        const entry = known ?? foreignEntry(execution, block, deps.nowMs())
        entry.executedIn = block.hash
        if (known === undefined) ledger.add(entry)
        else ledger.refresh(entry, { untilSeconds: execution.untilSeconds, txHash: execution.txHash })
      }
      for (const entry of ledger.all()) {
        const { anchorNumber, anchorHash } = entry.incident
        // It may be another one that was never seen here: others ordered an action on it before it left the chain.
        if (anchorNumber === block.number) entry.isOrphaned = anchorHash !== block.hash
        ledger.refresh(entry)
      }
    },
    left(removed) {
      const hashes = new Set(removed.map(({ hash }) => hash))
      for (const entry of ledger.all()) {
        const isUndone = entry.executedIn !== null && hashes.has(entry.executedIn)
        if (isUndone) entry.executedIn = null
        if (hashes.has(entry.incident.anchorHash)) entry.isOrphaned = true
        if (isUndone || entry.isOrphaned) {
          ledger.refresh(entry, isUndone ? { untilSeconds: 0n, txHash: null } : {})
        }
      }
    },
  }
}

function newEntry(action: Action, text: IncidentText, { nowMs, isOrphaned }: IncidentsDeps): Entry {
  const { incidentId: id, level, anchorNumber, anchorHash, deadlineSeconds } = action
  return {
    incident: {
      ...{ id, ...text, level, status: 'agreed', anchorNumber, anchorHash },
      ...{ untilSeconds: 0n, signers: 0, txHash: null, openedAtMs: nowMs() },
    },
    ...{ executedIn: null, isOrphaned: isOrphaned(anchorNumber, anchorHash), deadlineSeconds },
    ...{ order: null, certificate: null },
  }
}
