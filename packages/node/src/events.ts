import type { Finding, Hex, Level, Unknown } from '@breakwater/kernel'

/** How far this guardian can see. Only `clear` votes. */
export interface SightReport {
  state: 'starting' | 'clear' | 'behind' | 'blind'
  reason: string
  sinceMs: number
  providers: readonly { label: string; head: string | null; state: string }[]
}

/** What becomes of a finding: it stays open while the condition holds on the canonical chain. */
export interface AlertEvent {
  type: 'alert'
  change: 'opened' | 'resolved' | 'retracted'
  finding: Finding
}

export type IncidentStatus = 'agreed' | 'certified' | 'executed' | 'void'

export interface Incident {
  id: Hex
  rule: string
  target: string
  level: Level
  status: IncidentStatus
  anchorNumber: bigint
  anchorHash: Hex
  findings: readonly string[]
  /** When the brake ends by itself, seconds since 1970 (chain time). */
  untilSeconds: bigint
  signers: number
  txHash: Hex | null
  openedAtMs: number
}

/** Everything that a guardian tells about itself while it runs: SSE, webhook, terminal and dashboard read the same. */
export type GuardianEvent =
  | {
      type: 'block'
      number: bigint
      hash: Hex
      txs: number
      findings: number
      unknown: readonly Unknown[]
      latencyMs: number
    }
  | { type: 'reorg'; removed: number; toNumber: bigint }
  | AlertEvent
  | { type: 'incident'; incident: Incident }
  | { type: 'sight'; sight: SightReport }
  | { type: 'consensus'; view: bigint; finalizedView: bigint; state: 'ok' | 'stalled' }

export interface Events {
  emit(event: GuardianEvent): void
  /** Returns what unsubscribes. A listener must not throw. */
  subscribe(listener: (event: GuardianEvent) => void): () => void
}

export function createEvents(): Events {
  const listeners = new Set<(event: GuardianEvent) => void>()
  return {
    emit(event) {
      for (const listener of listeners) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
