import { type Follower, follow, type Rpc, type Sight, type Source } from '@breakwater/chain'
import { BaseError, type BlockRef, defined, type Finding, messageOf } from '@breakwater/kernel'
import type { Evaluations } from './evaluations.ts'
import { createJudging, type JudgingDeps } from './judging.ts'
import { findStart, type StartAt } from './start.ts'

export interface WatcherOptions {
  startAt: StartAt
  finality: 'finalized' | number
  pollMs: number
  staleMs: number
}

export interface WatcherDeps extends JudgingDeps {
  source: Source
  rpcs: readonly Rpc[]
}

export interface Watcher {
  evaluations: Evaluations
  openFindings(): readonly Finding[]
  sight(): Sight
  /** Whether what this guardian sees is good enough to vote on. */
  canVote(): boolean
  /** Why blocks cannot be stored, if so. */
  storeTrouble(): string | null
  /** Resolves once it stands where it stopped; the chain need not be there yet. */
  start(): Promise<void>
  /** Settles when watching ended; rejects when it cannot go on. */
  done(): Promise<void>
  stop(): Promise<void>
}

const STARTING: Sight = {
  state: 'starting',
  reason: 'waiting for the first block',
  sinceMs: 0,
  isUnverified: true,
  providers: [],
}
const START_RETRY_MS = 1000

/** Follows the chain and judges it. */
export function createWatcher(options: WatcherOptions, deps: WatcherDeps): Watcher {
  const { source, events, metrics, clock, log } = deps
  const { evaluations, openFindings, storeTrouble, restore, sink } = createJudging(deps)
  const stopping = new AbortController()
  let follower: Follower | null = null
  let running: Promise<void> | null = null
  let told = STARTING

  const onSight = (next: Sight) => {
    if (next.state !== told.state) log.info({ state: next.state, reason: next.reason }, 'sight')
    told = next
    metrics.clear.set(next.state === 'clear' ? 1 : 0)
    events.emit({ type: 'sight', sight: next })
  }
  const onTrouble = (error: BaseError) => {
    if (told.state === 'blind') return
    onSight({ ...STARTING, state: 'blind', reason: messageOf(error), sinceMs: clock.nowMs() })
  }
  const watch = async (known: readonly BlockRef[]) => {
    const start = isSome(known) ? known : await firstBlock(options, deps, stopping.signal, onTrouble)
    if (start === null || stopping.signal.aborted) return
    follower = follow({ ...options, start }, source, { ...sink, onSight })
    await follower.done
  }
  const sight = () => follower?.sight() ?? told
  return {
    evaluations,
    openFindings,
    storeTrouble,
    sight,
    canVote: () => isGoodEnough(sight(), evaluations.head()?.block.number ?? null),
    async start() {
      const known = await restore()
      const head = known.at(-1)?.number.toString()
      if (head !== undefined) log.info({ blocks: known.length, head }, 'restored')
      running = watch(known)
      running.catch(() => {})
    },
    done: () => defined(running, 'the watching'),
    async stop() {
      stopping.abort()
      await follower?.stop().catch(() => {})
      await running?.catch(() => {})
    },
  }
}

function isSome(blocks: readonly BlockRef[]): blocks is readonly [BlockRef, ...BlockRef[]] {
  return blocks.length > 0
}

/** Providers that are further ahead than this show that we are catching up. */
const CATCHING_UP_BLOCKS = 8n

/**
 * Two providers that vouch for the same are enough where more are configured; where only one is configured, its word
 * has to do. Everything less is no ground for a vote, and neither are old blocks.
 */
export function isGoodEnough({ state, providers }: Sight, head: bigint | null): boolean {
  if (state === 'clear') return true
  if (state !== 'behind' || head === null) return false
  const clear = providers.filter((provider) => provider.state === 'clear')
  const isAhead = clear.some((provider) => (provider.head?.number ?? 0n) > head + CATCHING_UP_BLOCKS)
  return clear.length >= Math.min(2, providers.length) && !isAhead
}

/** Tries until the block to begin with is known, or `signal` aborts (`null`). */
async function firstBlock(
  { startAt }: WatcherOptions,
  { source, rpcs, timeline, spec, clock, log }: WatcherDeps,
  signal: AbortSignal,
  onTrouble: (error: BaseError) => void,
): Promise<'latest' | bigint | null> {
  if (startAt !== 'auto') return startAt
  const { windowSeconds } = timeline.needs
  while (!signal.aborted) {
    try {
      return await findStart(source, rpcs, windowSeconds, spec.network.maxPastBlocks, signal)
    } catch (error) {
      if (signal.aborted) break
      // What does not heal: a provider of another chain, and mistakes of ours.
      if (!(error instanceof BaseError) || /^(CHAIN_WRONG_ID|KERNEL_ASSERTION)$/.test(error.code)) throw error
      log.warn({ error }, 'cannot find the block to begin with yet')
      onTrouble(error)
      await clock.sleep(START_RETRY_MS, signal)
    }
  }
  return null
}
