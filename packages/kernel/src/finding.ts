import type { BlockRef } from './facts.ts'
import type { UnknownReason } from './known.ts'

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What a detector found in one block. */
export interface Finding {
  /** The kind of detector: `invariant`, `net-outflow`. */
  detector: string
  /** Which one of the specification: its id. */
  rule: string
  /** Blocking needs damage; an anomaly alone alerts. */
  role: 'damage' | 'anomaly'
  severity: Severity
  /** Whether it rests on the chain alone, or also on what this guardian observed by itself. */
  inputs: 'chain' | 'observed'
  /** What it is about: a contract, a value, an asset. */
  subject: string
  block: BlockRef
  /** One sentence with the figures. */
  summary: string
  /** The figures by name, exact, as text. */
  evidence: Readonly<Record<string, string>>
  /** The same while the same condition holds about the same subject: what alerts are told apart by. */
  uniqueKey: string
}

/** What a detector could not judge in one block, and why. Never silently dropped. */
export interface Unknown {
  detector: string
  rule: string
  subject: string
  reason: UnknownReason
  /** What is missing: a call, a window, a reference price. */
  missing: string
}
