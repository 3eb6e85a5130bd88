import { createReadPlan, createSource, DEFAULT_GRACE_MS, type Rpc } from '@breakwater/chain'
import { createTimeline } from '@breakwater/detect'
import type { UnknownReason } from '@breakwater/kernel'
import { systemClock } from '@breakwater/node'
import type { Spec } from '@breakwater/spec'

/** How a rule of the draft stands in the block that it was drafted from. */
export type Verdict =
  | { rule: string; state: 'quiet' }
  | { rule: string; state: 'fires'; summary: string }
  | { rule: string; state: 'unknown'; reason: UnknownReason; missing: string }

/** Evaluates a draft once, alone in its block: windows have no past there, and references no price. */
export async function judgeDraft(spec: Spec, rpc: Rpc, number: bigint): Promise<readonly Verdict[]> {
  const timeline = createTimeline(spec)
  const source = createSource(
    { chainId: spec.chainId, graceMs: DEFAULT_GRACE_MS, proof: 'trusted' },
    // One block's logs tell nothing about a window.
    { rpcs: [rpc], plan: createReadPlan({ ...timeline.needs, series: [] }), clock: systemClock },
  )
  const { facts } = await source.block(number, new AbortController().signal)
  const observed = { atMs: systemClock.nowMs(), refs: new Map() }
  const { findings, unknown } = timeline.advance({ ...facts, observed })
  return [...spec.invariants, ...spec.detectors].map(({ id }): Verdict => {
    const finding = findings.find(({ rule }) => rule === id)
    if (finding !== undefined) return { rule: id, state: 'fires', summary: finding.summary }
    const gap = unknown.find(({ rule }) => rule === id)
    if (gap === undefined) return { rule: id, state: 'quiet' }
    return { rule: id, state: 'unknown', reason: gap.reason, missing: gap.missing }
  })
}
