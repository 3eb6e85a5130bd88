import { BaseError } from '@breakwater/kernel'
import { step } from './advance.ts'
import { begin, type Following, type FollowOptions, refreshSight, type Sink } from './following.ts'
import type { Header } from './header.ts'
import { watchHeads } from './heads.ts'
import type { Sight } from './sight.ts'
import type { Source } from './source.ts'

export interface Follower {
  /** Settles when the following has ended: by `stop`, or with the error that made going on pointless. */
  readonly done: Promise<void>
  sight(): Sight
  /** Resolves once nothing more will be told. */
  stop(): Promise<void>
}

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 2_000

/**
 * Follows the chain: gives the sink each block in order, evaluated at its hash, takes back what a reorganisation
 * removes, reads what was missed however much it is, and says how well it sees. A block that cannot be read is never
 * passed over: it is tried again, and the sight says why, until it can be.
 *
 * `done` rejects with what the sink threw, and with CHAIN_WRONG_ID when a provider turns out at the start to be on
 * another chain. All else heals or is a matter of the sight.
 */
export function follow(options: FollowOptions, source: Source, sink: Sink): Follower {
  const ending = new AbortController()
  const following = begin(options, source, sink, ending.signal)
  ending.signal.addEventListener('abort', () => following.wake())
  const { panel, clock } = source
  const listener = {
    onHead(label: string, header: Header) {
      panel.heard(label, header, following.tree)
      refreshSight(following)
      following.wake()
    },
    onFailure(label: string, error: unknown) {
      panel.failed(label, error, clock.nowMs())
      if (following.tree === null && isWrongChain(error)) following.failure ??= { error }
      refreshSight(following)
      following.wake()
    },
  }
  const endpoints = [...panel.members.values()].map(({ endpoint }) => endpoint)
  watchHeads(endpoints, options.pollMs, listener, clock, ending.signal).catch((error: unknown) => {
    following.failure ??= { error }
    following.wake()
  })
  const done = run(following).finally(() => ending.abort())
  keepJudging(following)
  return {
    done,
    sight: () => following.sight,
    async stop() {
      ending.abort()
      await done
    },
  }
}

/** A head grows stale, and requests hang, without anything happening that would be noticed. */
async function keepJudging(following: Following): Promise<void> {
  const { signal, source, options } = following
  while (!signal.aborted) {
    await source.clock.sleep(options.pollMs, signal)
    refreshSight(following)
  }
}

async function run(following: Following): Promise<void> {
  const { signal, source } = following
  let backoffMs = FIRST_BACKOFF_MS
  while (!signal.aborted && following.failure === null) {
    const woken = new Promise<void>((resolve) => {
      following.wake = resolve
    })
    try {
      const isIdle = await step(following)
      following.trouble = null
      backoffMs = FIRST_BACKOFF_MS
      refreshSight(following)
      if (isIdle && !signal.aborted && following.failure === null) await woken
    } catch (error) {
      if (signal.aborted) break
      if (!isTrouble(error) || (following.tree === null && isWrongChain(error))) {
        following.failure ??= { error }
        break
      }
      following.trouble = error
      refreshSight(following)
      await source.clock.sleep(backoffMs, signal)
      backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS)
    }
  }
  if (following.failure !== null) throw following.failure.error
}

/** What may heal. A programmer's error does not, nor does what we know nothing about. */
function isTrouble(error: unknown): error is BaseError {
  return error instanceof BaseError && error.code !== 'KERNEL_ASSERTION'
}

function isWrongChain(error: unknown): boolean {
  return error instanceof BaseError && error.code === 'CHAIN_WRONG_ID'
}
