import type { Evaluation } from '@breakwater/detect'
import { type Finding, type Known, type Severity, toWord, type Unknown, unknown } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import { type Reaction, reactionsOf, specHashOf, statusLevelOf, statusUntilOf } from './needs.ts'
import { renewalSeconds } from './payload.ts'

/** What the specification asks for after a block. */
export interface Proposal {
  reaction: Reaction
  /** The findings that led to it. */
  findings: readonly Finding[]
}

export interface Plan {
  /** At most one for each target: the strictest. */
  proposals: readonly Proposal[]
  /** Why a response was not considered, if so. */
  unknown: readonly Unknown[]
}

/**
 * From findings to bounded actions, by the specification and the breaker's state in the same block: the same for every
 * guardian that sees the same. What is in force already, as strict and not about to end, is not asked for again.
 */
export function planResponses(spec: Spec, evaluation: Evaluation): Plan {
  const byTarget = new Map<string, Proposal>()
  const unknowns: Unknown[] = []
  for (const reaction of reactionsOf(spec)) {
    const findings = matching(spec, reaction, evaluation)
    if (findings.length === 0) continue
    const obstacle = obstacleTo(spec, reaction, evaluation)
    if (obstacle !== null) {
      if (obstacle !== 'in force') unknowns.push(obstacle)
      continue
    }
    const other = byTarget.get(reaction.target.alias)
    if (other === undefined || isStricter(reaction, other.reaction)) {
      byTarget.set(reaction.target.alias, { reaction, findings })
    }
  }
  return { proposals: [...byTarget.values()], unknown: unknowns }
}

function isStricter(a: Reaction, b: Reaction): boolean {
  return a.level !== b.level ? a.level > b.level : a.durationSeconds > b.durationSeconds
}

/** Findings that meet the response's condition; empty when none of them is damage: an anomaly alone only alerts. */
function matching(
  spec: Spec,
  reaction: Reaction,
  { findings, unknown: unknowns, block }: Evaluation,
): Finding[] {
  const found = findings.filter(reaction.matches)
  if (reaction.onError === 'closed') {
    for (const gap of unknowns) {
      const finding = gapFinding(spec, gap, block)
      if (finding !== null && reaction.matches(finding)) found.push(finding)
    }
  }
  return found.some(({ role }) => role === 'damage') ? found : []
}

/** A rule that the protocol itself left without an answer, as the finding that `onError: closed` takes it for. */
function gapFinding(spec: Spec, gap: Unknown, block: Evaluation['block']): Finding | null {
  if (gap.reason !== 'reverted' && gap.reason !== 'undefined') return null
  const rule = [...spec.invariants, ...spec.detectors].find(({ id }) => id === gap.rule)
  const severity: Severity = rule?.severity ?? 'high'
  return {
    ...{
      detector: gap.detector,
      rule: gap.rule,
      role: 'damage',
      severity,
      inputs: 'chain',
      subject: gap.subject,
    },
    block,
    summary: `${gap.rule} cannot be judged (${gap.reason}): ${gap.missing}`,
    evidence: {},
    uniqueKey: `unknown:${gap.rule}:${gap.subject}`,
  }
}

/**
 * Why guardians could not act on a target, whatever they found: by this block's state the breaker does not have this
 * specification for it.
 */
export function registrationGaps(spec: Spec, evaluation: Evaluation): readonly Unknown[] {
  return reactionsOf(spec).flatMap((reaction) => registrationGap(spec, reaction, evaluation) ?? [])
}

function registrationGap(spec: Spec, reaction: Reaction, evaluation: Evaluation): Unknown | null {
  const registered = read(evaluation, specHashOf(reaction.target))
  if (!registered.ok) {
    return gap(reaction, registered.reason, 'the specification that the breaker has for the target')
  }
  if (toWord(registered.value) === spec.hash) return null
  const what =
    registered.value === 0n ? 'none is registered' : `another is registered, ${toWord(registered.value)}`
  return gap(reaction, 'unsupported', `this specification on the breaker: ${what}`)
}

function obstacleTo(spec: Spec, reaction: Reaction, evaluation: Evaluation): Unknown | 'in force' | null {
  const unregistered = registrationGap(spec, reaction, evaluation)
  if (unregistered !== null) return unregistered
  const level = read(evaluation, statusLevelOf(reaction.target))
  const until = read(evaluation, statusUntilOf(reaction.target))
  if (!level.ok) return gap(reaction, level.reason, 'the brake that is in force')
  if (!until.ok) return gap(reaction, until.reason, 'the brake that is in force')
  return isInForce(reaction, evaluation) ? 'in force' : null
}

/** Whether by this block's state a brake as strict holds, and is not about to end. */
export function isInForce(reaction: Reaction, evaluation: Evaluation): boolean {
  const level = read(evaluation, statusLevelOf(reaction.target))
  const until = read(evaluation, statusUntilOf(reaction.target))
  if (!level.ok || !until.ok || level.value < BigInt(reaction.level)) return false
  return until.value - renewalSeconds(reaction.durationSeconds) > evaluation.block.timestampSeconds
}

function read({ facts }: Evaluation, id: string): Known<bigint> {
  return facts.calls.get(id) ?? unknown('unsupported')
}

function gap({ id, target }: Reaction, reason: Unknown['reason'], missing: string): Unknown {
  return { detector: 'response', rule: id, subject: target.alias, reason, missing }
}
