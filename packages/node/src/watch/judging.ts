import type { BlockFacts, Sink } from '@breakwater/chain'
import type { Evaluation, Timeline } from '@breakwater/detect'
import { type BlockRef, type Clock, type Facts, type Finding, messageOf } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import type { Logger } from 'pino'
import type { Events } from '../events.ts'
import type { Metrics } from '../metrics.ts'
import type { References } from '../observe/references.ts'
import type { Blocks } from '../store/blocks.ts'
import { createAlerts } from './alerts.ts'
import { createEvaluations, type Evaluations } from './evaluations.ts'

export interface JudgingDeps {
  spec: Spec
  timeline: Timeline
  references: References
  blocks: Blocks
  events: Events
  metrics: Metrics
  clock: Clock
  log: Logger
  /** Told at once, before anything is stored: what follows from a block must not wait for a disk. */
  onEvaluated(evaluation: Evaluation): void
  onOrphaned(removed: readonly BlockRef[]): void
  /** Resolves once nothing that followed from a block can be lost any more; rejects where a crash could lose it. */
  recorded(): Promise<void>
}

/** Turns blocks into evaluations, keeps them, and tells what changed. */
export interface Judging {
  evaluations: Evaluations
  openFindings(): readonly Finding[]
  /** Why blocks cannot be stored, if so. A restart would begin without them. */
  storeTrouble(): string | null
  /** Folds stored blocks again, if they were judged by the same specification. Resolves to them, oldest first. */
  restore(): Promise<readonly BlockRef[]>
  sink: Omit<Sink, 'onSight'>
}

export function createJudging(deps: JudgingDeps): Judging {
  const { timeline, blocks, events, metrics, clock, log } = deps
  const evaluations = createEvaluations(timeline, deps.spec.network.confirmations)
  const alerts = createAlerts()
  let storeTrouble: string | null = null

  const announce = (evaluation: Evaluation) => {
    const { block, facts, findings, unknown } = evaluation
    for (const event of alerts.update(evaluation)) {
      const { rule, severity } = event.finding
      if (event.change === 'opened') metrics.findings.inc({ rule, severity })
      events.emit(event)
    }
    const { number, hash, timestampSeconds } = block
    const counts = { txs: facts.txs.length, findings: findings.length }
    events.emit({ type: 'block', number, hash, timestampSeconds, ...counts, unknown })
  }
  /** The store is a help for restarts: that it fails is told, and stops nothing. */
  const store = async (task: () => Promise<void>) => {
    try {
      await task()
      storeTrouble = null
    } catch (error) {
      metrics.errors.inc({ part: 'store' })
      if (storeTrouble === null) log.error({ error }, 'blocks cannot be stored')
      storeTrouble = messageOf(error)
    }
  }
  return {
    evaluations,
    openFindings: alerts.open,
    storeTrouble: () => storeTrouble,
    async restore() {
      const known = await restore(deps, (evaluation) => alerts.update(evaluation))
      const head = known.at(-1) ?? null
      evaluations.moved(head)
      metrics.head.set(Number(head?.block.number ?? 0n))
      return known.map(({ block }) => block)
    },
    sink: {
      async onBlock(facts: BlockFacts) {
        const observed = { atMs: clock.nowMs(), refs: deps.references.prices() }
        const evaluation = judge(deps, { ...facts, observed })
        evaluations.arrived(evaluation)
        deps.onEvaluated(evaluation)
        announce(evaluation)
        await store(async () => {
          // A block that is stored is never judged again: what it led to has to be safe before.
          await deps.recorded()
          await blocks.add(evaluation.facts, freshFindings(timeline, evaluation))
        })
      },
      onReorg({ removed, to }) {
        metrics.reorgs.inc()
        log.warn({ removed: removed.length, to: to.number.toString() }, 'the chain was reorganised')
        if (timeline.at(to.hash) === undefined) timeline.reset()
        evaluations.moved(timeline.at(to.hash) ?? null)
        alerts.orphaned(removed.map(({ hash }) => hash))
        events.emit({ type: 'reorg', removed: removed.length, toNumber: to.number })
        deps.onOrphaned(removed)
      },
      async onFinal(block) {
        timeline.finalize(block.hash)
        await store(() => blocks.prune(block, timeline.needs.windowSeconds))
      },
    },
  }
}

function judge({ timeline, metrics, clock }: JudgingDeps, facts: Facts): Evaluation {
  const startedMs = clock.nowMs()
  const evaluation = timeline.advance(facts)
  metrics.evaluation.observe((clock.nowMs() - startedMs) / 1000)
  metrics.blocks.inc()
  metrics.head.set(Number(facts.block.number))
  metrics.logs.inc(facts.txs.reduce((sum, { logs }) => sum + logs.length, 0))
  for (const { rule, reason } of evaluation.unknown) metrics.unknown.inc({ rule, reason })
  return evaluation
}

/** What was not found in the block before. */
function freshFindings(timeline: Timeline, { block, findings }: Evaluation): readonly Finding[] {
  const before = timeline.at(block.parentHash)?.findings ?? []
  return findings.filter(({ uniqueKey }) => !before.some((finding) => finding.uniqueKey === uniqueKey))
}

async function restore(
  { blocks, spec, timeline }: JudgingDeps,
  onEvaluated: (evaluation: Evaluation) => void,
): Promise<readonly Evaluation[]> {
  await blocks.keepFor(spec.hash)
  let known: Evaluation[] = []
  for await (const page of blocks.load()) {
    for (const facts of page) {
      // A crash may have lost some in between: only what is connected to the newest counts.
      if (known.at(-1)?.block.hash !== facts.block.parentHash) {
        timeline.reset()
        known = []
      }
      const evaluation = timeline.advance(facts)
      known.push(evaluation)
      onEvaluated(evaluation)
    }
  }
  return known
}
