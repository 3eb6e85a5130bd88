import { BaseError, type Clock } from '@breakwater/kernel'
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
  let unsubscribe: (() => void) | null = null
  const subscribe = async () =>
    (await announcements?.({
      onHead: (header) => onHead(label, header),
      onEnd: () => {
        unsubscribe = null
      },
    }).catch(() => null)) ?? null // asking goes on without announcements, and fails by itself if that is the matter
  while (!signal.aborted) {
    try {
      unsubscribe ??= await subscribe()
      const header = await endpoint.header('latest', signal)
      if (header === null) throw noHead(label)
      if (!signal.aborted) onHead(label, header)
    } catch (error) {
      if (!signal.aborted) onFailure(label, error)
    }
    await clock.sleep(pollMs, signal)
  }
  unsubscribe?.()
}

function noHead(label: string): BaseError {
  return new BaseError('CHAIN_ABSENT', `${label}: the provider has no latest block`, { retry: 'later' })
}
