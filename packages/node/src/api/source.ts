import type { Sight } from '@breakwater/chain'
import type { Spec } from '@breakwater/spec'
import type { Actor } from '../act/actor.ts'
import type { Incidents } from '../act/incidents.ts'
import type { Events, Incident } from '../events.ts'
import type { Metrics } from '../metrics.ts'
import type { PeerStatus } from '../net/peer.ts'
import type { Outbox } from '../notify/outbox.ts'
import type { Db } from '../store/store.ts'
import type { Watcher } from '../watch/watcher.ts'

/** What the API shows; the guardian answers each from its own memory or store. */
export interface ApiSource {
  /** Reasons why this guardian does not protect anything right now; empty when it does. */
  unready(): readonly string[]
  status(): object
  sight(): Sight
  /** Newest first. */
  incidents(limit: number): readonly Incident[]
  /** Newest first. `open`: only those whose condition still holds. */
  findings(limit: number, open: boolean): Promise<readonly object[]>
  /** Brings measures up to date that are not counted as they happen. */
  measure(): Promise<void>
  metrics: Metrics
  events: Events
  /** What went wrong inside, for the log. */
  onError(error: unknown): void
}

export interface Parts {
  address: string
  spec: Spec
  db: Db
  watcher: Watcher
  actor: Actor | null
  /** Connections with the other guardians, where there are any. */
  peers: { status?(): readonly PeerStatus[] } | null
  incidents: Incidents
  outbox: Outbox
  metrics: Metrics
  events: Events
  onError(error: unknown): void
}

/** A guardian as the HTTP interface shows it. */
export function createApiSource(parts: Parts): ApiSource {
  const { spec, db, watcher, actor, peers, incidents, outbox, metrics, events, onError } = parts
  const { evaluations, openFindings, sight } = watcher
  return {
    ...{ metrics, events, sight, onError },
    unready: () => unreadyReasons(watcher, actor),
    status: () => ({
      guardian: parts.address,
      mode: actor === null ? 'observe' : 'act',
      protocol: spec.name,
      chainId: spec.chainId,
      specHash: spec.hash,
      head: evaluations.head()?.block ?? null,
      sight: sight().state,
      blindSpots: evaluations.head()?.unknown ?? [],
      openFindings: openFindings().length,
      consensus: actor?.status() ?? null,
      stalled: actor?.isStalled() ?? null,
      peers: peers?.status?.() ?? [],
    }),
    incidents: (limit) => incidents.all().slice(0, limit),
    async findings(limit, open) {
      if (open) return openFindings().slice(0, limit)
      const rows = await db
        .selectFrom('findings')
        .select('body')
        .orderBy('block_number', 'desc')
        .limit(limit)
        .execute()
      return rows.map(({ body }) => JSON.parse(body))
    },
    async measure() {
      const nowSeconds = evaluations.head()?.block.timestampSeconds ?? 0n
      metrics.incidents.set(incidents.all().filter(({ untilSeconds }) => untilSeconds > nowSeconds).length)
      metrics.outboxWaiting.set((await outbox.state()).waiting)
      const connected = peers?.status?.().filter(({ connectedSinceMs }) => connectedSinceMs !== null)
      metrics.peersConnected.set(connected?.length ?? 0)
    },
  }
}

function unreadyReasons(watcher: Watcher, actor: Actor | null): readonly string[] {
  const { state, reason } = watcher.sight()
  const storeTrouble = watcher.storeTrouble()
  return [
    ...(watcher.canVote() ? [] : [`${state}: ${reason}`]),
    ...(actor?.isStalled() ? ['consensus is stalled: fewer than n - f guardians answer'] : []),
    ...(actor?.obstacles() ?? []),
    ...(storeTrouble === null ? [] : [`the store fails: ${storeTrouble}`]),
  ]
}
