import type { Evaluation, Timeline } from '@breakwater/detect'
import { type Facts, type Finding, type Hex, keccakText, type TxFacts } from '@breakwater/kernel'

export const hashOf = (number: number, branch = 'a'): Hex => keccakText(`${number} ${branch}`)

/** Block `number` of a branch, ten seconds after the one before. */
export function factsOf(
  number: number,
  branch = 'a',
  parentBranch = branch,
  txs: readonly TxFacts[] = [],
): Facts {
  return {
    block: {
      number: BigInt(number),
      hash: hashOf(number, branch),
      parentHash: hashOf(number - 1, parentBranch),
      timestampSeconds: BigInt(1000 + 10 * number),
    },
    ...{ txs, calls: new Map(), observed: { atMs: 0, refs: new Map() } },
  }
}

export function findingOf(facts: Facts, uniqueKey: string): Finding {
  return {
    ...{ detector: 'invariant', rule: 'r', role: 'damage', severity: 'high', inputs: 'chain', subject: 's' },
    ...{ block: facts.block, summary: 'it does not hold', evidence: {}, uniqueKey },
  }
}

/** As if it had been judged so; nothing can be folded onto it. */
export function evaluationOf(facts: Facts, findings: readonly Finding[] = []): Evaluation {
  const fold = {} as Evaluation['fold']
  return { block: facts.block, facts, values: new Map(), findings, unknown: [], fold }
}

/** The blocks that are put in, as a timeline knows them. */
export function timelineOf(): Pick<Timeline, 'at' | 'isAncestor'> & {
  put(evaluation: Evaluation): Evaluation
} {
  const evaluations = new Map<Hex, Evaluation>()
  return {
    put(evaluation) {
      evaluations.set(evaluation.block.hash, evaluation)
      return evaluation
    },
    at: (hash) => evaluations.get(hash),
    isAncestor(hash, of) {
      let at = evaluations.get(of)
      while (at !== undefined && at.block.hash !== hash) at = evaluations.get(at.block.parentHash)
      return at !== undefined
    },
  }
}
