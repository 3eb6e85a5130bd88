import type { Generated } from 'kysely'

/** Rows as they are stored. Times in ms are the guardian's clock, in seconds the chain's. JSON is text: bigints exact. */
export interface Tables {
  /** Evaluated blocks since the longest window before finality: what a restart folds again. */
  blocks: { hash: string; number: bigint; parent_hash: string; timestamp_seconds: bigint; facts: string }
  findings: {
    block_hash: string
    block_number: bigint
    unique_key: string
    rule: string
    detector: string
    severity: string
    body: string
    seen_at_ms: bigint
  }
  incidents: {
    id: string
    rule: string
    target: string
    level: number
    status: string
    body: string
    opened_at_ms: bigint
    updated_at_ms: bigint
  }
  /** Messages that must reach somebody outside. */
  outbox: {
    key: string
    channel: string
    body: string
    attempts: number
    next_attempt_ms: bigint
    delivered_at_ms: bigint | null
    last_error: string | null
    created_at_ms: bigint
  }
  /** Hash-chained and signed: see audit.ts. */
  audit: { seq: bigint; at_ms: bigint; kind: string; body: string; hash: string; signature: string }
  meta: { key: string; value: string }
  migrations: { id: Generated<number>; name: string }
}
