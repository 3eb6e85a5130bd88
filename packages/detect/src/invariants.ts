import { type Detector, type Finding, mergeNeeds, type Unknown } from '@breakwater/kernel'
import { evaluate, type Spec } from '@breakwater/spec'

/** The specification's own statements about what must hold: one that does not is damage. */
export function createInvariants(spec: Spec): Detector<null> {
  return {
    id: 'invariant',
    needs: mergeNeeds(spec.invariants.map(({ require }) => require.needs)),
    init: null,
    step(_state, scene) {
      const findings: Finding[] = []
      const unknown: Unknown[] = []
      for (const { id, require, severity, description } of spec.invariants) {
        const subject = id
        const holds = evaluate(require, scene)
        if (!holds.ok) {
          unknown.push({
            detector: 'invariant',
            rule: id,
            subject,
            reason: holds.reason,
            missing: require.text,
          })
        } else if (!holds.value) {
          findings.push({
            detector: 'invariant',
            rule: id,
            role: 'damage',
            severity,
            inputs: 'chain',
            subject,
            block: scene.facts.block,
            summary: `${description ?? `invariant ${id}`} does not hold: ${require.text}`,
            evidence: {},
            uniqueKey: `invariant:${id}`,
          })
        }
      }
      return { state: null, findings, unknown }
    },
  }
}
