import type { Sight } from '@breakwater/chain'
import type { Finding, Hex, Level, Unknown } from '@breakwater/kernel'

/** What becomes of a finding: it stays open while the condition holds on the canonical chain. */
export interface AlertEvent {
  type: 'alert'
  change: 'opened' | 'resolved' | 'retracted'
  finding: Finding
}

/**
 * - `agreed`: the guardians ordered the action
 * - `certified`: n - f of them signed it
 * - `executed`: the breaker did it
 * - `void`: the block it rests on left the chain, or its deadline passed
 */
export type IncidentStatus = 'agreed' | 'certified' | 'executed' | 'void'

export interface Incident {
  id: Hex
  /** The response's id in the specification. */
  rule: string
  target: string
  level: Level
  status: IncidentStatus
  anchorNumber: bigint
  anchorHash: Hex
  /** One sentence each. */
  findings: readonly string[]
  /** When the brake ends by itself, seconds since 1970 by the chain; 0 before it is executed. */
  untilSeconds: bigint
  signers: number
  txHash: Hex | null
  openedAtMs: number
}

/** Everything that a guardian tells while it runs: SSE, webhook, audit log, terminal read the same. */
export type GuardianEvent =
  | {
      type: 'block'
      number: bigint
      hash: Hex
      timestampSeconds: bigint
      txs: number
      findings: number
      unknown: readonly Unknown[]
    }
  | { type: 'reorg'; removed: number; toNumber: bigint }
  | AlertEvent
  | { type: 'incident'; incident: Incident }
  /** `id`: of the incident, or the digest of a heartbeat. */
  | { type: 'carried'; id: Hex; txHash: Hex }
  | { type: 'sight'; sight: Sight }
  | { type: 'consensus'; state: 'ok' | 'stalled'; view: bigint; finalizedView: bigint; sinceMs: number }

/** Written as text, because they may have more than 53 bits. */
const BIGINTS = new Set([
  ...['number', 'timestampSeconds', 'toNumber', 'view', 'finalizedView', 'anchorNumber', 'untilSeconds'],
])

/** An event that `guard --json` or `/events` wrote. @throws SyntaxError */
export function parseEvent(text: string): GuardianEvent {
  return JSON.parse(text, (key, value) =>
    BIGINTS.has(key) && typeof value === 'string' ? BigInt(value) : value,
  )
}

export interface Events {
  emit(event: GuardianEvent): void
  /** Returns what unsubscribes. */
  subscribe(listener: (event: GuardianEvent) => void): () => void
}

/** @param onError told what a listener threw: whoever looks on must not be able to stop a guardian */
export function createEvents(onError: (error: unknown) => void): Events {
  const listeners = new Set<(event: GuardianEvent) => void>()
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
