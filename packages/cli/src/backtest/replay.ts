import { createReadPlan, createSource, DEFAULT_GRACE_MS, type Proof, type Rpc } from '@breakwater/chain'
import type { Clock, Finding } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import { createFolding } from './folding.ts'
import { readHistory } from './history.ts'
import { type BlockName, findRange, findWarmup, type Range } from './range.ts'
import { createTally, type Outcome } from './tally.ts'

export interface ReplayOptions {
  spec: Spec
  from: BlockName | undefined
  to: BlockName
  proof: Proof
}

export interface ReplayListener {
  /** Which blocks are judged, and with which one reading begins. */
  onRange(range: Range, warmFrom: bigint): void
  /** A block was folded: one of the warm-up, or one that was judged. */
  onBlock(number: bigint): void
  onFinding(finding: Finding): void
  /** A read failed and is tried again. */
  onTrouble(error: unknown, pauseMs: number): void
}

export interface Replayed {
  range: Range
  outcome: Outcome
  /** All blocks that were folded, those included that filled the windows. */
  read: number
  /** From the first of them. */
  seconds: number
  /** What ended it before the last block; `null`: nothing. */
  stopped: { error: unknown } | null
}

/**
 * Folds a part of a chain's history as a guardian would have folded it live.
 * @throws what prevents it from beginning; later errors, and the signal's reason, come with the outcome so far.
 */
export async function replay(
  { spec, from, to, proof }: ReplayOptions,
  { rpc, clock }: { rpc: Rpc; clock: Clock },
  listener: ReplayListener,
  signal: AbortSignal,
): Promise<Replayed> {
  const folding = createFolding(spec)
  const source = createSource(
    { chainId: spec.chainId, graceMs: DEFAULT_GRACE_MS, proof },
    { rpcs: [rpc], plan: createReadPlan(folding.needs), clock },
  )
  const { windowSeconds } = folding.needs
  const range = await findRange({ from, to, windowSeconds }, source, rpc, signal)
  const warmFrom = await findWarmup(source, range.from, windowSeconds, signal)
  listener.onRange(range, warmFrom)
  const tally = createTally(spec)
  const startMs = clock.nowMs()
  let read = 0
  let stopped: Replayed['stopped'] = null
  try {
    const deps = { source, clock, onTrouble: listener.onTrouble }
    for await (const facts of readHistory(warmFrom, range.to, deps, signal)) {
      const evaluation = folding.fold(facts)
      const { number } = facts.block
      if (number >= range.from) for (const finding of tally.add(evaluation)) listener.onFinding(finding)
      read++
      listener.onBlock(number)
    }
  } catch (error) {
    stopped = { error }
  }
  return { range, outcome: tally.outcome(), read, seconds: (clock.nowMs() - startMs) / 1_000, stopped }
}
