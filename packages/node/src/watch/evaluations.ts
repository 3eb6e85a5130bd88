import type { Evaluation, Timeline } from '@breakwater/detect'
import type { Hex } from '@breakwater/kernel'

/** Judged blocks for those who may have to wait for one. */
export interface Evaluations {
  /** The newest block of the canonical chain. */
  head(): Evaluation | null
  /** The newest one that is deep enough to be acted on, by the specification's confirmations. */
  confirmed(): Evaluation | null
  /** Waits until the block has been judged and is deep enough; `null` once the signal aborts. */
  wait(hash: Hex, signal: AbortSignal): Promise<Evaluation | null>
  /** A block was judged and is the head now. */
  arrived(evaluation: Evaluation): void
  /** The head went back. */
  moved(head: Evaluation | null): void
}

export function createEvaluations(timeline: Timeline, confirmations: number): Evaluations {
  let head: Evaluation | null = null
  const waiting = new Map<Hex, Set<(evaluation: Evaluation) => void>>()
  const confirmed = (): Evaluation | null => {
    let at = head ?? undefined
    for (let depth = 0; at !== undefined && depth < confirmations; depth++) {
      at = timeline.at(at.block.parentHash)
    }
    return at ?? null
  }
  const isDeep = ({ block }: Evaluation) =>
    head !== null && block.number + BigInt(confirmations) <= head.block.number
  return {
    head: () => head,
    confirmed,
    wait(hash, signal) {
      const known = timeline.at(hash)
      if (signal.aborted) return Promise.resolve(null)
      if (known !== undefined && isDeep(known)) return Promise.resolve(known)
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
      const deep = confirmed()
      if (deep === null) return
      for (const settle of [...(waiting.get(deep.block.hash) ?? [])]) settle(deep)
    },
    moved(evaluation) {
      head = evaluation
    },
  }
}
