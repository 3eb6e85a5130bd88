import { BaseError, type Clock, type Hex } from '@breakwater/kernel'
import type { Endpoint } from './endpoint.ts'
import type { Header } from './header.ts'

export interface HeadListener {
  onHead(label: string, header: Header): void
  onFailure(label: string, error: unknown): void
}

/**
 * Tells of the heads of providers until `signal` aborts: as they are announced where the transport can, and by asking
 * every `pollMs`, which is also what notices that announcements stopped.
 */
export async function watchHeads(
  endpoints: readonly Endpoint[],
  pollMs: number,
  listener: HeadListener,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(endpoints.map((endpoint) => watchEndpoint(endpoint, pollMs, listener, clock, signal)))
}

async function watchEndpoint(
  endpoint: Endpoint,
  pollMs: number,
  { onHead, onFailure }: HeadListener,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { label, announcements } = endpoint
  const subscription = createSubscription(announcements, (header) => onHead(label, header))
  while (!signal.aborted) {
    try {
      await subscription.ensure()
      const header = await endpoint.header('latest', signal)
      if (header === null) throw noHead(label)
      subscription.compare(header)
      if (!signal.aborted) onHead(label, header)
    } catch (error) {
      if (!signal.aborted) onFailure(label, error)
    }
    await clock.sleep(pollMs, signal)
  }
  subscription.end()
}

/** So many heads in a row that were found by asking and not announced make a subscription dead. */
const MISSED_HEADS_MAX = 3

/** Keeps one subscription alive, where there can be one. */
function createSubscription(announcements: Endpoint['announcements'], onHead: (header: Header) => void) {
  let unsubscribe: (() => void) | null = null
  let lastHash: Hex | null = null
  let missed = 0
  const end = () => {
    unsubscribe?.()
    unsubscribe = null
  }
  return {
    end,
    async ensure() {
      if (announcements === null || unsubscribe !== null) return
      missed = 0
      try {
        unsubscribe = await announcements({
          onHead(header) {
            missed = 0
            lastHash = header.ref.hash
            onHead(header)
          },
          onEnd: () => {
            unsubscribe = null
          },
        })
      } catch (error) {
        // Asking goes on without announcements, and fails by itself if the provider is the matter.
        if (!(error instanceof BaseError)) throw error
      }
    },
    /** A connection that lost its other end is quiet, as is a chain without blocks: asking tells which. */
    compare({ ref }: Header) {
      if (ref.hash === lastHash) return
      lastHash = ref.hash
      missed++
      if (missed > MISSED_HEADS_MAX) end()
    },
  }
}

function noHead(label: string): BaseError {
  return new BaseError('CHAIN_ABSENT', `${label}: the provider has no latest block`, { retry: 'later' })
}
