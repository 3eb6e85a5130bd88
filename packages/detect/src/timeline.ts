import {
  assert,
  type BlockRef,
  type Detector,
  type Facts,
  type Finding,
  type Hex,
  mergeNeeds,
  messageOf,
  type Needs,
  type Scene,
  type Unknown,
  unreachable,
  type Values,
} from '@breakwater/kernel'
import { type DetectorConfig, evaluateValues, type Spec } from '@breakwater/spec'
import { createPast, type PastNode } from './history.ts'
import { createInvariants } from './invariants.ts'
import { createNetOutflow } from './netOutflow.ts'
import { createOracleDeviation } from './oracleDeviation.ts'
import { createOracleLiveness } from './oracleLiveness.ts'

/** One block, judged: everything that follows from the blocks up to it on its own branch. */
export interface Evaluation {
  block: BlockRef
  facts: Facts
  values: Values
  findings: readonly Finding[]
  unknown: readonly Unknown[]
  /** What the next block is folded onto. */
  fold: Fold
}

interface Fold {
  past: PastNode
  states: readonly unknown[]
}

/** The blocks since finality, each folded onto its parent: a reorganisation only means asking for another hash. */
export interface Timeline {
  /** What `chain` must read for every block. */
  needs: Needs
  /** Judges a block on top of its parent. The first one begins the history, and so does one after `reset`. */
  advance(facts: Facts): Evaluation
  /** Judges a block that is not going to be kept: simulated, or of another branch. */
  peek(facts: Facts): Evaluation
  at(hash: Hex): Evaluation | undefined
  /** The block of a number on another one's branch, as far back as branches are remembered. */
  ancestor(number: bigint, of: Hex): Evaluation | undefined
  /** Whether a block is on the other one's branch, itself included; before finality only the last 1,024 are known. */
  isAncestor(hash: Hex, of: Hex): boolean
  /** Forgets what lies before a final block, and all branches beside it. */
  finalize(hash: Hex): void
  /** Forgets everything: the next block begins a new history. */
  reset(): void
}

/** @param more needs beyond the specification's values and detectors: the state of the breaker. */
export function createTimeline(spec: Spec, more: readonly Needs[] = []): Timeline {
  const detectors = createDetectors(spec)
  const needs = mergeNeeds([spec.needs, ...detectors.map((detector) => detector.needs), ...more])
  const past = createPast(needs)
  const evaluations = new Map<Hex, Evaluation>()
  const settled = new Set<Hex>()

  const evaluate = (facts: Facts, parent: Evaluation | undefined): Evaluation => {
    const values = new Map()
    const growing = past.grow(parent?.fold.past ?? null, facts, values)
    const scene: Scene = { facts, values, history: growing.history }
    evaluateValues(spec, scene, values)
    const findings: Finding[] = []
    const unknown: Unknown[] = []
    const states = detectors.map((detector, index) => {
      const state = parent === undefined ? detector.init : parent.fold.states[index]
      const step = stepSafely(detector, state, scene)
      findings.push(...step.findings)
      unknown.push(...step.unknown)
      return step.state
    })
    return { block: facts.block, facts, values, findings, unknown, fold: { past: growing.finish(), states } }
  }
  const ancestor = (number: bigint, of: Hex): Evaluation | undefined => {
    let at = evaluations.get(of)
    while (at !== undefined && at.block.number > number) at = evaluations.get(at.block.parentHash)
    return at?.block.number === number ? at : undefined
  }
  return {
    needs,
    advance(facts) {
      const parent = evaluations.get(facts.block.parentHash)
      assert(parent !== undefined || evaluations.size === 0, `block ${facts.block.number} has no parent here`)
      const evaluation = evaluate(facts, parent)
      evaluations.set(facts.block.hash, evaluation)
      return evaluation
    },
    peek: (facts) => evaluate(facts, evaluations.get(facts.block.parentHash)),
    at: (hash) => evaluations.get(hash),
    ancestor,
    isAncestor(hash, of) {
      if (settled.has(hash)) return evaluations.has(of)
      const number = evaluations.get(hash)?.block.number
      return number !== undefined && ancestor(number, of)?.block.hash === hash
    },
    finalize(hash) {
      const final = evaluations.get(hash)
      if (final === undefined) return
      settle(evaluations, settled, final)
      keepBranch(evaluations, final)
      past.trim(final.fold.past)
    },
    reset: () => evaluations.clear(),
  }
}

const MAX_SETTLED = 1024

/** Remembers the hashes of final blocks that are about to be forgotten. */
function settle(evaluations: ReadonlyMap<Hex, Evaluation>, settled: Set<Hex>, final: Evaluation): void {
  const line: Hex[] = []
  for (let at = evaluations.get(final.block.parentHash); at; at = evaluations.get(at.block.parentHash)) {
    line.unshift(at.block.hash)
  }
  for (const hash of line) settled.add(hash)
  for (const hash of settled) {
    if (settled.size <= MAX_SETTLED) break
    settled.delete(hash)
  }
}

/** Drops every evaluation that does not descend from `final`. */
function keepBranch(evaluations: Map<Hex, Evaluation>, final: Evaluation): void {
  const kept = new Set<Hex>([final.block.hash])
  const later = [...evaluations.values()]
    .filter(({ block }) => block.number > final.block.number)
    .sort((a, b) => (a.block.number < b.block.number ? -1 : 1))
  for (const { block } of later) if (kept.has(block.parentHash)) kept.add(block.hash)
  for (const hash of evaluations.keys()) if (!kept.has(hash)) evaluations.delete(hash)
}

function createDetectors(spec: Spec): Detector<unknown>[] {
  return [erase(createInvariants(spec)), ...spec.detectors.map(createDetector)]
}

function createDetector(config: DetectorConfig): Detector<unknown> {
  switch (config.use) {
    case 'net-outflow':
      return erase(createNetOutflow(config))
    case 'oracle-deviation':
      return erase(createOracleDeviation(config))
    case 'oracle-liveness':
      return erase(createOracleLiveness(config))
    default:
      return unreachable(config)
  }
}

/** Each detector gets back only states that it made itself: the timeline need not know their types. */
function erase<State>(detector: Detector<State>): Detector<unknown> {
  return { ...detector, step: (state, scene) => detector.step(state as State, scene) }
}

/** A detector that throws is a mistake of ours: its rule counts as not judged, all others go on. */
function stepSafely(detector: Detector<unknown>, state: unknown, scene: Scene) {
  try {
    return detector.step(state, scene)
  } catch (error) {
    const unknown: Unknown = {
      detector: detector.id,
      rule: detector.id,
      subject: detector.id,
      reason: 'undefined',
      missing: `the detector failed: ${messageOf(error)}`,
    }
    return { state, findings: [], unknown: [unknown] }
  }
}
