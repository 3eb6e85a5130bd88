import { type BlockFacts, type Follower, follow, type Rpc, type Sight, type Source } from '@breakwater/chain'
import type { Evaluation, Timeline } from '@breakwater/detect'
import { type BlockRef, type Clock, defined, type Facts } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import type { Logger } from 'pino'
import type { Events } from '../events.ts'
import type { Metrics } from '../metrics.ts'
import type { References } from '../observe/references.ts'
import type { Blocks } from '../store/blocks.ts'
import type { Db } from '../store/store.ts'
import { createAlerts } from './alerts.ts'
import { createEvaluations, type Evaluations } from './evaluations.ts'
import { findStart, type StartAt } from './start.ts'

export interface WatcherOptions {
  startAt: StartAt
  finality: 'finalized' | number
  pollMs: number
  staleMs: number
}

export interface WatcherDeps {
  spec: Spec
  timeline: Timeline
  source: Source
  rpcs: readonly Rpc[]
  references: References
  db: Db
  blocks: Blocks
  events: Events
  metrics: Metrics
  clock: Clock
  log: Logger
  /** Told at once, before anything is stored: what follows from a block must not wait for a disk. */
  onEvaluated(evaluation: Evaluation): void
  onOrphaned(removed: readonly BlockRef[]): void
}

export interface Watcher {
  evaluations: Evaluations
  openFindings(): readonly Evaluation['findings'][number][]
  sight(): Sight
  /** Whether what this guardian sees is good enough to vote on. */
  canVote(): boolean
  start(): Promise<void>
  /** Settles when watching ended; rejects when it cannot go on. */
  done(): Promise<void>
  stop(): Promise<void>
}

const STARTING: Sight = { state: 'starting', reason: '', sinceMs: 0, isUnverified: true, providers: [] }

/** Turns the chain into judged blocks, keeps them, and tells what changed. */
export function createWatcher(options: WatcherOptions, deps: WatcherDeps): Watcher {
  const { timeline, source, blocks, events, metrics, clock, log } = deps
  const evaluations = createEvaluations(timeline)
  const alerts = createAlerts()
  const stopping = new AbortController()
  let follower: Follower | null = null
  let sight = STARTING

  const judge = (facts: Facts): Evaluation => {
    const startedMs = clock.nowMs()
    const evaluation = timeline.advance(facts)
    metrics.evaluation.observe((clock.nowMs() - startedMs) / 1000)
    metrics.blocks.inc()
    metrics.head.set(Number(facts.block.number))
    metrics.logs.inc(facts.txs.reduce((sum, { logs }) => sum + logs.length, 0))
    for (const { rule, reason } of evaluation.unknown) metrics.unknown.inc({ rule, reason })
    return evaluation
  }
  const announce = (evaluation: Evaluation) => {
    const { block, facts, findings, unknown } = evaluation
    for (const event of alerts.update(evaluation)) {
      if (event.change === 'opened') {
        metrics.findings.inc({ rule: event.finding.rule, severity: event.finding.severity })
      }
      events.emit(event)
    }
    const { number, hash, timestampSeconds } = block
    const counts = { txs: facts.txs.length, findings: findings.length }
    events.emit({ type: 'block', number, hash, timestampSeconds, ...counts, unknown })
  }
  const sink = {
    async onBlock(facts: BlockFacts) {
      const observed = { atMs: clock.nowMs(), refs: deps.references.prices() }
      const evaluation = judge({ ...facts, observed })
      evaluations.arrived(evaluation)
      deps.onEvaluated(evaluation)
      announce(evaluation)
      await blocks.add(evaluation)
    },
    async onReorg({ removed, to }: { removed: readonly BlockRef[]; to: BlockRef }) {
      metrics.reorgs.inc()
      log.warn({ removed: removed.length, to: to.number.toString() }, 'the chain was reorganised')
      if (timeline.at(to.hash) === undefined) timeline.reset()
      evaluations.moved(timeline.at(to.hash) ?? null)
      const hashes = removed.map(({ hash }) => hash)
      alerts.orphaned(hashes)
      deps.onOrphaned(removed)
      events.emit({ type: 'reorg', removed: removed.length, toNumber: to.number })
      await blocks.remove(hashes)
    },
    async onFinal(block: BlockRef) {
      timeline.finalize(block.hash)
      await blocks.prune(block, timeline.needs.windowSeconds)
    },
    onSight(next: Sight) {
      if (next.state !== sight.state) log.info({ state: next.state, reason: next.reason }, 'sight')
      sight = next
      metrics.clear.set(next.state === 'clear' ? 1 : 0)
      events.emit({ type: 'sight', sight: next })
    },
  }
  return {
    evaluations,
    openFindings: alerts.open,
    sight: () => sight,
    canVote: () => isGoodEnough(sight),
    async start() {
      const known = await restore(deps, judge)
      const head = known.at(-1)
      if (head !== undefined) {
        const evaluation = defined(timeline.at(head.hash), 'the restored head')
        evaluations.moved(evaluation)
        alerts.restore(evaluation)
        log.info({ blocks: known.length, head: head.number.toString() }, 'restored')
      }
      const start =
        head === undefined ? await freshStart(options, deps, stopping.signal) : (known as [BlockRef])
      follower = follow({ ...options, start }, source, sink)
    },
    done: () => defined(follower, 'the follower').done,
    async stop() {
      stopping.abort()
      await follower?.stop().catch(() => {})
    },
  }
}

/**
 * Two providers that vouch for the same are enough where more are configured; where only one is configured, its word
 * has to do. Everything less is no ground for a vote.
 */
export function isGoodEnough({ state, providers }: Sight): boolean {
  if (state === 'clear') return true
  const clear = providers.filter((provider) => provider.state === 'clear').length
  return state === 'behind' && clear >= 2 && clear < providers.length
}

/** Folds stored blocks again, if they were judged by the same specification. */
async function restore(
  { db, blocks, spec }: WatcherDeps,
  judge: (facts: Facts) => Evaluation,
): Promise<BlockRef[]> {
  const stored = await db.selectFrom('meta').select('value').where('key', '=', 'specHash').executeTakeFirst()
  if (stored?.value !== spec.hash) {
    await blocks.clear()
    await db
      .insertInto('meta')
      .values({ key: 'specHash', value: spec.hash })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: spec.hash }))
      .execute()
    return []
  }
  return (await blocks.load()).map((facts) => judge(facts).block)
}

async function freshStart(
  { startAt }: WatcherOptions,
  { source, rpcs, timeline, spec, clock, log }: WatcherDeps,
  signal: AbortSignal,
): Promise<'latest' | bigint> {
  if (startAt !== 'auto') return startAt
  const rpc = defined(rpcs[0], 'a provider')
  for (;;) {
    try {
      return await findStart(source, rpc, timeline.needs.windowSeconds, spec.network.maxPastBlocks, signal)
    } catch (error) {
      signal.throwIfAborted()
      log.warn({ error }, 'cannot find the block to begin with yet')
      await clock.sleep(1000, signal)
    }
  }
}
