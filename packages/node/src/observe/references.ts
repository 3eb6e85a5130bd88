import { type AssetId, type Clock, type Known, known, type RefPrice, unknown } from '@breakwater/kernel'
import type { PriceSource } from './source.ts'

export interface ReferencesOptions {
  pollMs?: number
  /** An answer older than this no longer counts. */
  maxAgeMs?: number
  /** Below this many answers there is no reference price. */
  minSources?: number
}

export interface References {
  /** What this guardian knows now. */
  prices(): ReadonlyMap<AssetId, Known<RefPrice>>
  start(): void
  stop(): Promise<void>
}

interface Answer {
  priceE8: bigint
  atMs: number
}

/** Two sources that are further apart than this do not make a price between them. */
const MAX_PAIR_SPREAD_BPS = 100n

/**
 * Reads independent price sources over and over and keeps each one's latest answer. An asset's reference price is
 * their median: with three sources, one that lies, stands still or is silent moves nothing.
 */
export function createReferences(
  sources: readonly PriceSource[],
  clock: Clock,
  onError: (source: PriceSource, error: unknown) => void,
  { pollMs = 1000, maxAgeMs = 10_000, minSources = 2 }: ReferencesOptions = {},
): References {
  const answers = new Map<PriceSource, Answer>()
  const stopping = new AbortController()
  let loops: Promise<void>[] = []
  const follow = async (source: PriceSource) => {
    while (!stopping.signal.aborted) {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(maxAgeMs)])
      await source.read(signal).then(
        (priceE8) => answers.set(source, { priceE8, atMs: clock.nowMs() }),
        (error) => stopping.signal.aborted || onError(source, error),
      )
      await clock.sleep(pollMs, stopping.signal)
    }
  }
  return {
    prices() {
      const fresh = new Map<AssetId, Answer[]>(sources.map(({ asset }) => [asset, []]))
      for (const [source, answer] of answers) {
        if (clock.nowMs() - answer.atMs <= maxAgeMs) fresh.get(source.asset)?.push(answer)
      }
      return new Map([...fresh].map(([asset, list]) => [asset, median(list, minSources)]))
    },
    start() {
      loops = sources.map(follow)
    },
    async stop() {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}

/** `blind` below `minSources` answers, and for two that contradict each other. */
export function median(answers: readonly Answer[], minSources: number): Known<RefPrice> {
  const sorted = [...answers].sort((a, b) => (a.priceE8 < b.priceE8 ? -1 : 1))
  const low = sorted[Math.floor((sorted.length - 1) / 2)]
  const high = sorted[Math.floor(sorted.length / 2)]
  if (low === undefined || high === undefined || sorted.length < minSources) return unknown('blind')
  const spread = high.priceE8 - low.priceE8
  if (sorted.length === 2 && spread * 10_000n > low.priceE8 * MAX_PAIR_SPREAD_BPS) return unknown('blind')
  return known({
    priceE8: (low.priceE8 + high.priceE8) / 2n,
    sources: sorted.length,
    atMs: Math.min(...sorted.map(({ atMs }) => atMs)),
  })
}
