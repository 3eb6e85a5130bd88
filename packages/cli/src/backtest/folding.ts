import type { BlockFacts } from '@breakwater/chain'
import { createTimeline, type Evaluation } from '@breakwater/detect'
import type { Needs } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'

/** A specification folded over consecutive blocks, in memory that does not grow with their number. */
export interface Folding {
  needs: Needs
  /** Judges the next block. Reference prices are not known in history. */
  fold(facts: BlockFacts): Evaluation
}

/** Blocks after which the timeline may forget what no window reaches any more. */
const FORGET_EVERY = 64n

export function createFolding(spec: Spec): Folding {
  const timeline = createTimeline(spec)
  return {
    needs: timeline.needs,
    fold(facts) {
      const { number, hash, timestampSeconds } = facts.block
      const atMs = Number(timestampSeconds) * 1_000
      const evaluation = timeline.advance({ ...facts, observed: { atMs, refs: new Map() } })
      if (number % FORGET_EVERY === 0n) timeline.finalize(hash)
      return evaluation
    },
  }
}
