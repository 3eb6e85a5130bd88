import type { Evaluation } from '@breakwater/detect'
import type { Known } from '@breakwater/kernel'
import {
  type Proposal,
  planResponses,
  reactionsOf,
  specHashOf,
  statusLevelOf,
  statusUntilOf,
} from '@breakwater/respond'
import type { Spec } from '@breakwater/spec'

/** The brakes that a specification would have asked for, had its breaker been there all along. */
export interface Brakes {
  /** What guardians would have proposed after a block. It counts as done in the next one. */
  propose(evaluation: Evaluation): readonly Proposal[]
}

interface Brake {
  level: number
  untilSeconds: bigint
}

/**
 * Gives `planResponses` a breaker that history does not have: this specification is registered for every target, and
 * what was proposed is in force until its time is over. The protocol itself goes on as it did: nothing was stopped.
 */
export function createBrakes(spec: Spec): Brakes {
  const targets = [...new Set(reactionsOf(spec).map(({ target }) => target))]
  const inForce = new Map<string, Brake>()
  const registered: Known<bigint> = { ok: true, value: BigInt(spec.hash) }
  return {
    propose(evaluation) {
      if (targets.length === 0) return []
      const { facts, block } = evaluation
      const calls = new Map(facts.calls)
      for (const target of targets) {
        const brake = inForce.get(target.alias) ?? { level: 0, untilSeconds: 0n }
        calls.set(specHashOf(target), registered)
        calls.set(statusLevelOf(target), { ok: true, value: BigInt(brake.level) })
        calls.set(statusUntilOf(target), { ok: true, value: brake.untilSeconds })
      }
      const { proposals } = planResponses(spec, { ...evaluation, facts: { ...facts, calls } })
      for (const { reaction } of proposals) {
        const untilSeconds = block.timestampSeconds + BigInt(reaction.durationSeconds)
        inForce.set(reaction.target.alias, { level: reaction.level, untilSeconds })
      }
      return proposals
    },
  }
}
