import {
  type Action,
  actionDigest,
  type BlockRef,
  type Certificate,
  type Facts,
  type Finding,
  type Hex,
  toJson,
} from '@breakwater/kernel'
import { EXECUTED } from '@breakwater/respond'
import type { Incident, IncidentStatus } from '../events.ts'
import type { Db } from '../store/store.ts'

/** An incident with what this guardian needs to bring its action to the chain. */
interface Entry {
  incident: Incident
  action: Action | null
  digest: Hex | null
  certificate: Certificate | null
  /** The block whose transaction executed it. */
  executedIn: Hex | null
}

/** Older ones are in the store. */
const MAX_LOADED = 1000

/** What became of the incidents that guardians agreed on, from the log and from the chain. */
export interface Incidents {
  all(): readonly Incident[]
  load(): Promise<void>
  /** The log ordered an action. `null` when it is known already. */
  agreed(action: Action, rule: string, findings: readonly Finding[], target: string): Incident | null
  certified(certificate: Certificate): { incident: Incident; action: Action } | null
  /** Executions that a block's logs show. */
  executedBy(facts: Facts): readonly Incident[]
  /** Blocks left the chain: executions in them did not happen, actions anchored in them are void. */
  orphaned(
    removed: readonly BlockRef[],
  ): readonly { incident: Incident; action: Action | null; certificate: Certificate | null }[]
  digestOf(incidentId: Hex): Hex | null
}

export function createIncidents(
  db: Db,
  breaker: Hex | null,
  nowMs: () => number,
  onError: (error: unknown) => void,
): Incidents {
  const entries = new Map<Hex, Entry>()
  let saving: Promise<void> = Promise.resolve()

  const save = ({ incident }: Entry) => {
    const row = {
      rule: incident.rule,
      target: incident.target,
      level: incident.level,
      status: incident.status,
      body: toJson(incident),
      updated_at_ms: BigInt(nowMs()),
    }
    saving = saving
      .then(() =>
        db
          .insertInto('incidents')
          .values({ id: incident.id, opened_at_ms: BigInt(incident.openedAtMs), ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute(),
      )
      .then(() => {}, onError)
  }
  const change = (entry: Entry, status: IncidentStatus, more: Partial<Incident> = {}): Incident => {
    entry.incident = { ...entry.incident, ...more, status }
    save(entry)
    return entry.incident
  }
  return {
    all: () => [...entries.values()].map(({ incident }) => incident).reverse(),
    async load() {
      const rows = await db
        .selectFrom('incidents')
        .select('body')
        .orderBy('opened_at_ms', 'desc')
        .limit(MAX_LOADED)
        .execute()
      for (const row of rows.reverse()) {
        const raw = JSON.parse(row.body)
        const incident: Incident = {
          ...raw,
          anchorNumber: BigInt(raw.anchorNumber),
          untilSeconds: BigInt(raw.untilSeconds),
        }
        entries.set(incident.id, {
          incident,
          action: null,
          digest: null,
          certificate: null,
          executedIn: null,
        })
      }
    },
    agreed(action, rule, findings, target) {
      const digest = actionDigest(action)
      const known = entries.get(action.incidentId)
      if (known !== undefined) {
        Object.assign(known, { action, digest })
        return null
      }
      const incident: Incident = {
        id: action.incidentId,
        ...{ rule, target, level: action.level, status: 'agreed' },
        anchorNumber: action.anchorNumber,
        anchorHash: action.anchorHash,
        findings: findings.map(({ summary }) => summary),
        untilSeconds: 0n,
        signers: 0,
        txHash: null,
        openedAtMs: nowMs(),
      }
      const entry = { incident, action, digest, certificate: null, executedIn: null }
      entries.set(action.incidentId, entry)
      save(entry)
      return incident
    },
    certified(certificate) {
      const entry = [...entries.values()].find(({ digest }) => digest === certificate.digest)
      if (entry === undefined || entry.action === null) return null
      entry.certificate = certificate
      if (entry.incident.status !== 'agreed') return null
      const signers = certificate.signatures.length
      return { incident: change(entry, 'certified', { signers }), action: entry.action }
    },
    executedBy(facts) {
      return facts.txs.flatMap((tx) =>
        tx.logs.flatMap((log) => {
          const [topic0, id, target] = log.topics
          if (log.address !== breaker || topic0 !== EXECUTED || id === undefined || target === undefined)
            return []
          const word = (index: number) => BigInt(`0x${log.data.slice(2 + 64 * index, 66 + 64 * index)}`)
          const entry =
            entries.get(id) ?? foreign(id, target, Number(word(0)) as Incident['level'], facts.block)
          entry.executedIn = facts.block.hash
          return change(entry, 'executed', { untilSeconds: word(1), txHash: tx.hash })
        }),
      )
    },
    orphaned(removed) {
      const hashes = new Set(removed.map(({ hash }) => hash))
      return [...entries.values()].flatMap((entry) => {
        const { incident, action, certificate } = entry
        if (hashes.has(incident.anchorHash)) {
          return incident.status === 'void' ? [] : { incident: change(entry, 'void'), action, certificate }
        }
        if (entry.executedIn === null || !hashes.has(entry.executedIn)) return []
        entry.executedIn = null
        const again = { untilSeconds: 0n, txHash: null }
        return {
          incident: change(entry, certificate === null ? 'agreed' : 'certified', again),
          action,
          certificate,
        }
      })
    },
    digestOf: (incidentId) => entries.get(incidentId)?.digest ?? null,
  }

  /** An execution of an incident that this guardian took no part in. */
  function foreign(id: Hex, target: Hex, level: Incident['level'], block: BlockRef): Entry {
    const incident: Incident = {
      ...{ id, rule: 'unknown', target: `0x${target.slice(26)}`, level, status: 'executed' },
      ...{ anchorNumber: block.number, anchorHash: block.hash, findings: [], untilSeconds: 0n },
      ...{ signers: 0, txHash: null, openedAtMs: nowMs() },
    }
    const entry = { incident, action: null, digest: null, certificate: null, executedIn: null }
    entries.set(id, entry)
    return entry
  }
}
