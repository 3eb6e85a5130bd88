import type { Evaluation } from '@breakwater/detect'
import { type Finding, SEVERITIES, type Severity, type Unknown, type UnknownReason } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import { createBrakes } from './brakes.ts'

/** First and last block of something, and in how many it was. */
export interface Span {
  blocks: number
  first: bigint
  last: bigint
}
export interface RuleFindings extends Span {
  rule: string
  detector: string
  /** The highest. */
  severity: Severity
  /** How often it began: blocks in a row are one. */
  times: number
}
export interface RuleGap extends Span {
  rule: string
  reason: UnknownReason
  missing: string
}
/** What a response would have been asked for; for alerts, how often. */
export interface ResponseCount extends Span {
  response: string
  do: string
  target: string | null
  times: number
}

/** What a backtest came to, so far. */
export interface Outcome {
  /** Blocks that were judged: `passed`, `found` and `unknown` together. */
  blocks: number
  /** Every rule that history can tell of was judged, and found nothing. */
  passed: number
  /** At least one rule found something. */
  found: number
  /** Nothing was found, and at least one rule could not be judged. */
  unknown: number
  /** Logs of the watched contracts. */
  logs: number
  /** Rules that need a reference price, which history does not have: not judged, or not whole. */
  needReference: readonly string[]
  findings: readonly RuleFindings[]
  unknowns: readonly RuleGap[]
  responses: readonly ResponseCount[]
}

export interface Tally {
  /** Classifies a block; returns the findings that begin in it. */
  add(evaluation: Evaluation): readonly Finding[]
  outcome(): Outcome
}

export function createTally(spec: Spec): Tally {
  const counts = { blocks: 0, passed: 0, found: 0, unknown: 0, logs: 0 }
  const findings = new Map<string, RuleFindings>()
  const unknowns = new Map<string, RuleGap>()
  const responses = new Map<string, ResponseCount>()
  const brakes = createBrakes(spec)
  const alerts = spec.responses.filter(({ level }) => level === 0)
  let open: ReadonlySet<string> = new Set()

  return {
    add(evaluation) {
      const { block, facts } = evaluation
      const begun = unique(evaluation.findings).filter(({ uniqueKey }) => !open.has(uniqueKey))
      open = new Set(evaluation.findings.map(({ uniqueKey }) => uniqueKey))
      countFindings(findings, evaluation, begun)
      countUnknowns(unknowns, evaluation)
      const count = (response: Omit<ResponseCount, keyof Span | 'times'>) => {
        const before = responses.get(response.response)
        const times = (before?.times ?? 0) + 1
        responses.set(response.response, { ...response, times, ...extended(before, block.number) })
      }
      for (const { reaction } of brakes.propose(evaluation)) {
        count({ response: reaction.id, do: reaction.do, target: reaction.target.alias })
      }
      for (const finding of begun) {
        for (const { id, matches } of alerts)
          if (matches(finding)) count({ response: id, do: 'alert', target: null })
      }
      counts.blocks++
      counts[outcomeOf(evaluation)]++
      counts.logs += facts.txs.reduce((sum, { logs }) => sum + logs.length, 0)
      return begun
    },
    outcome: () => ({
      ...counts,
      needReference: spec.detectors.filter(({ inputs }) => inputs === 'observed').map(({ id }) => id),
      findings: [...findings.values()],
      unknowns: [...unknowns.values()].sort((a, b) => order(a.rule, b.rule)),
      responses: [...responses.values()],
    }),
  }
}

/** Whether a gap is only that history has no reference prices, which the outcome says once for all blocks. */
export function isReferenceGap({ reason, missing }: Unknown): boolean {
  return reason === 'unsupported' && missing.startsWith('the reference price of ')
}

function outcomeOf({ findings, unknown }: Evaluation): 'found' | 'unknown' | 'passed' {
  if (findings.length > 0) return 'found'
  return unknown.every(isReferenceGap) ? 'passed' : 'unknown'
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.uniqueKey, finding])).values()]
}

/** Blocks come in order; the same block counts once. */
function extended(span: Span | undefined, number: bigint): Span {
  if (span === undefined) return { blocks: 1, first: number, last: number }
  return { first: span.first, last: number, blocks: span.last === number ? span.blocks : span.blocks + 1 }
}

function countFindings(
  counts: Map<string, RuleFindings>,
  { findings, block }: Evaluation,
  begun: readonly Finding[],
): void {
  for (const { rule, detector, severity } of findings) {
    const before = counts.get(rule)
    counts.set(rule, {
      ...{ rule, detector, severity: highest(before?.severity ?? severity, severity) },
      times: before?.times ?? 0,
      ...extended(before, block.number),
    })
  }
  for (const { rule } of begun) {
    const count = counts.get(rule)
    if (count !== undefined) count.times++
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function highest(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) > SEVERITIES.indexOf(b) ? a : b
}

function countUnknowns(counts: Map<string, RuleGap>, { unknown, block }: Evaluation): void {
  for (const { rule, reason, missing } of unknown) {
    const key = `${rule} ${reason} ${missing}`
    counts.set(key, { rule, reason, missing, ...extended(counts.get(key), block.number) })
  }
}
