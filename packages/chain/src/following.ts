import type { BlockRef } from '@breakwater/kernel'
import type { BlockFacts } from './plan.ts'
import { isSameSight, judgeSight, type Sight, type Watch } from './sight.ts'
import type { Source } from './source.ts'
import type { Finality, Start } from './start.ts'
import type { BlockTree } from './tree.ts'

export interface FollowOptions {
  start: Start
  finality: Finality
  /** How often heads are asked for; announcements come sooner. */
  pollMs: number
  /** Without a new block for this long the chain is not seen. */
  staleMs: number
}

/** Who is told. Each call is awaited before the next; an error in one ends the following. */
export interface Sink {
  /** Every block of the canonical chain, in order, without a gap. */
  onBlock(facts: BlockFacts): Promise<void> | void
  /** Blocks left the chain, the newest first; what `onBlock` gets next follows `to`. */
  onReorg(change: { removed: readonly BlockRef[]; to: BlockRef }): Promise<void> | void
  /** This block and all before it stay. */
  onFinal(block: BlockRef): Promise<void> | void
  /** How well the chain is seen changed; told before the blocks that it holds for. Not awaited. */
  onSight(sight: Sight): void
}

/** The state of one who follows a chain. */
export interface Following extends Watch {
  readonly options: FollowOptions
  readonly source: Source
  readonly sink: Sink
  readonly signal: AbortSignal
  /** `null` until the place from which to go on was found. */
  tree: BlockTree | null
  /** The newest final block that was heard of; the tree may not be that far. */
  finalized: BlockRef | null
  finalityReadAtMs: number
  sight: Sight
  /** Why it cannot go on at all. */
  failure: { error: unknown } | null
  /** Ends the pause until something happens. */
  wake(): void
}

export function begin(options: FollowOptions, source: Source, sink: Sink, signal: AbortSignal): Following {
  const nowMs = source.clock.nowMs()
  const watch: Watch = {
    panel: source.panel,
    head: null,
    hasStarted: false,
    trouble: null,
    finalityTrouble: null,
    movedAtMs: nowMs,
    staleMs: options.staleMs,
    isUnverified: true,
  }
  return {
    ...watch,
    options,
    source,
    sink,
    signal,
    tree: null,
    finalized: null,
    finalityReadAtMs: Number.NEGATIVE_INFINITY,
    sight: judgeSight(watch, null, nowMs),
    failure: null,
    wake: () => {},
  }
}

/** Calls the sink. What it throws is not a matter of the chain, and never healed by trying again. */
export async function tell(following: Following, call: (sink: Sink) => Promise<void> | void): Promise<void> {
  following.signal.throwIfAborted()
  try {
    await call(following.sink)
  } catch (error) {
    following.failure ??= { error }
    throw error
  }
}

/** Judges the sight anew and tells the sink if it changed. */
export function refreshSight(following: Following): void {
  following.head = following.tree?.head ?? null
  const before = following.sight
  following.sight = judgeSight(following, before, following.source.clock.nowMs())
  if (following.signal.aborted || isSameSight(before, following.sight)) return
  try {
    following.sink.onSight(following.sight)
  } catch (error) {
    following.failure ??= { error }
    following.wake()
  }
}
