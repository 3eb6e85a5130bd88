import type { Evaluation, Timeline } from '@breakwater/detect'
import type { Hex } from '@breakwater/kernel'

/** Judged blocks for those who may have to wait for one. */
export interface Evaluations {
  /** The newest block of the canonical chain. */
  head(): Evaluation | null
  /** Waits until the block has been judged; `null` once the signal aborts. */
  wait(hash: Hex, signal: AbortSignal): Promise<Evaluation | null>
  /** A block was judged and is the head now. */
  arrived(evaluation: Evaluation): void
  /** The head went back. */
  moved(head: Evaluation | null): void
}

export function createEvaluations(timeline: Timeline): Evaluations {
  let head: Evaluation | null = null
  const waiting = new Map<Hex, Set<(evaluation: Evaluation) => void>>()
  return {
    head: () => head,
    wait(hash, signal) {
      const known = timeline.at(hash)
      if (known !== undefined || signal.aborted) return Promise.resolve(known ?? null)
      return new Promise((resolve) => {
        const group = waiting.get(hash) ?? new Set()
        waiting.set(hash, group)
        const settle = (evaluation: Evaluation | null) => {
          signal.removeEventListener('abort', giveUp)
          group.delete(settle)
          if (group.size === 0) waiting.delete(hash)
          resolve(evaluation)
        }
        const giveUp = () => settle(null)
        signal.addEventListener('abort', giveUp)
        group.add(settle)
      })
    },
    arrived(evaluation) {
      head = evaluation
      for (const settle of [...(waiting.get(evaluation.block.hash) ?? [])]) settle(evaluation)
    },
    moved(evaluation) {
      head = evaluation
    },
  }
}
