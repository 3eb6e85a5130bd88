/**
 * One guardian: follows the chain, judges each block, agrees with the others, acts, and tells. This is where the
 * pure parts meet the world; each of them is made here and nowhere else.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createReadPlan, createSource, DEFAULT_GRACE_MS, type Proof, type Rpc } from '@breakwater/chain'
import { createTimeline } from '@breakwater/detect'
import { type Address, type Clock, defined, type Net } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { createSender, respondNeeds } from '@breakwater/respond'
import type { Spec } from '@breakwater/spec'
import type { Logger } from 'pino'
import { type Actor, type ActorOptions, createActor } from './act/actor.ts'
import { createIncidents, type Incidents } from './act/incidents.ts'
import type { GuardianSet } from './act/registry.ts'
import { type ApiSource, createApp } from './api/app.ts'
import { startServer } from './api/server.ts'
import { createEvents, type Events, type Incident } from './events.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { Channel } from './notify/channel.ts'
import { startNotifier } from './notify/notifier.ts'
import { type Outbox, openOutbox } from './notify/outbox.ts'
import { createReferences, type ReferencesOptions } from './observe/references.ts'
import type { PriceSource } from './observe/source.ts'
import { openAudit } from './store/audit.ts'
import { createBlocks } from './store/blocks.ts'
import type { Db } from './store/store.ts'
import { openWal } from './wal.ts'
import { createWatcher, type Watcher, type WatcherOptions } from './watch/watcher.ts'

export interface GuardianOptions extends WatcherOptions, ActorOptions {
  /** Folder of this guardian's write-ahead logs. */
  dataDir: string
  graceMs?: number
  proof?: Proof
  references?: ReferencesOptions
  /** `null`: no HTTP interface. */
  http: { host: string; port: number } | null
}

export interface GuardianDeps {
  spec: Spec
  rpcs: readonly Rpc[]
  db: Db
  /** Signs votes, certificates and the audit log. */
  signer: Signer
  /** With whom it decides; `null`: it observes, and nothing on-chain is needed. */
  peers: { set: GuardianSet; net: Net } | null
  /** Pays for bringing actions in; `null`: others do. */
  carrier: Signer | null
  sources: readonly PriceSource[]
  channels: readonly Channel[]
  clock: Clock
  log: Logger
}

export interface Guardian {
  address: Address
  url: string | null
  events: Events
  watcher: Watcher
  actor: Actor | null
  metrics: Metrics
  incidents(): readonly Incident[]
  /** Settles when the guardian has stopped; rejects when it could not go on. */
  done: Promise<void>
  /** Ends what is under way, then everything. */
  stop(): Promise<void>
}

/** Opens everything, takes up where it stopped, and begins to watch. */
export async function startGuardian(options: GuardianOptions, deps: GuardianDeps): Promise<Guardian> {
  const { spec, rpcs, db, signer, clock, log } = deps
  await mkdir(options.dataDir, { recursive: true })
  const events = createEvents()
  const metrics = createMetrics()
  const ending = createEnding()

  const incidents = createIncidents(db, spec.guardians?.breaker ?? null, clock.nowMs, (error) => {
    metrics.errors.inc({ part: 'store' })
    log.error({ error }, 'an incident could not be stored')
  })
  await incidents.load()
  const outbox = await openGuardianOutbox(options, deps, metrics, ending)
  const protocol = spec.name
  const audit = await openAudit(db, signer, clock)
  ending.add(
    startNotifier({ guardian: signer.address, protocol, events, outbox, audit, metrics, clock, log }),
  )

  const timeline = createTimeline(spec, [respondNeeds(spec)])
  const references = createReferences(
    deps.sources,
    clock,
    ({ name }, error) => {
      metrics.errors.inc({ part: 'references' })
      log.debug({ source: name, error }, 'a price source failed')
    },
    options.references,
  )
  const source = createSource(
    {
      chainId: spec.chainId,
      graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
      proof: options.proof ?? 'recomputed',
    },
    { rpcs, plan: createReadPlan(timeline.needs), clock },
  )
  let actor: Actor | null = null
  const watcher = createWatcher(options, {
    ...{ spec, timeline, source, rpcs, references, db, events, metrics, clock, log },
    blocks: createBlocks(db, clock.nowMs),
    onEvaluated: (evaluation) => actor?.onEvaluated(evaluation),
    onOrphaned: (removed) => actor?.onOrphaned(removed),
  })
  if (deps.peers !== null) {
    const wal = await openWal(join(options.dataDir, 'votes.wal'))
    ending.add(wal.close)
    actor = createActor(options, {
      ...{ spec, signer, timeline, incidents, events, metrics, clock, log, wal },
      ...{ set: deps.peers.set, net: deps.peers.net },
      sender: deps.carrier === null ? null : createSender(spec.chainId, rpcs, deps.carrier),
      evaluations: watcher.evaluations,
      canVote: watcher.canVote,
      onFailed: ending.fail,
    })
    ending.add(actor.stop)
  }
  ending.add(references.stop, watcher.stop)
  references.start()
  await watcher.start()
  await actor?.start()
  watcher.done().catch(ending.fail)

  const api = describeGuardian(deps, { watcher, actor, incidents, outbox, metrics, events })
  const server = options.http && (await startServer(createApp(api), options.http.host, options.http.port))
  if (server) ending.add(server.close)
  return {
    ...{ address: signer.address, events, watcher, actor, metrics },
    url: server?.url ?? null,
    incidents: incidents.all,
    done: ending.done,
    stop: ending.end,
  }
}

async function openGuardianOutbox(
  { dataDir }: GuardianOptions,
  { db, channels, clock, log }: GuardianDeps,
  metrics: Metrics,
  ending: Ending,
): Promise<Outbox> {
  const wal = await openWal(join(dataDir, 'outbox.wal'))
  const onError = (channel: string, error: unknown) => {
    metrics.errors.inc({ part: 'outbox' })
    log.warn({ channel, error }, 'a message could not be delivered yet')
  }
  const outbox = await openOutbox({ db, wal, channels, clock, onError })
  ending.add(wal.close, outbox.close)
  return outbox
}

interface Ending {
  done: Promise<void>
  /** Steps of the ending; the one added last is taken first. */
  add(...steps: (() => unknown)[]): void
  end(): Promise<void>
  fail(error: unknown): void
}

function createEnding(): Ending {
  const steps: (() => unknown)[] = []
  let settle = { resolve: () => {}, reject: (_error: unknown) => {} }
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  done.catch(() => {})
  let ended: Promise<void> | null = null
  const run = async () => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) await step()
  }
  return {
    done,
    add: (...more) => steps.push(...more),
    end() {
      ended ??= run().then(settle.resolve, settle.reject)
      return ended
    },
    fail(error) {
      settle.reject(error)
      ended ??= run().catch(() => {})
    },
  }
}

interface Parts {
  watcher: Watcher
  actor: Actor | null
  incidents: Incidents
  outbox: Outbox
  metrics: Metrics
  events: Events
}

/** What the HTTP interface shows of a guardian. */
function describeGuardian(
  deps: GuardianDeps,
  { watcher, actor, incidents, outbox, metrics, events }: Parts,
): ApiSource {
  const { spec, signer, db } = deps
  const unready = () => {
    const { state, reason } = watcher.sight()
    return [
      ...(watcher.canVote() ? [] : [`${state}: ${reason}`]),
      ...(actor?.isStalled() ? ['consensus is stalled: fewer than n - f guardians answer'] : []),
    ]
  }
  return {
    ...{ metrics, events, unready, sight: watcher.sight },
    status: () => ({
      guardian: signer.address,
      mode: actor === null ? 'observe' : 'act',
      protocol: spec.name,
      chainId: spec.chainId,
      specHash: spec.hash,
      head: watcher.evaluations.head()?.block ?? null,
      sight: watcher.sight().state,
      blindSpots: watcher.evaluations.head()?.unknown ?? [],
      openFindings: watcher.openFindings().length,
      consensus: actor?.status() ?? null,
      stalled: actor?.isStalled() ?? null,
    }),
    incidents: async (limit) => incidents.all().slice(0, limit),
    async findings(limit, open) {
      if (open) return watcher.openFindings().slice(0, limit)
      const rows = await db
        .selectFrom('findings')
        .select('body')
        .orderBy('block_number', 'desc')
        .limit(limit)
        .execute()
      return rows.map(({ body }) => JSON.parse(body))
    },
    async beforeMetrics() {
      const nowSeconds = defined(watcher.evaluations.head()?.block.timestampSeconds ?? 0n, 'time')
      metrics.incidents.set(incidents.all().filter(({ untilSeconds }) => untilSeconds > nowSeconds).length)
      metrics.outboxWaiting.set((await outbox.state()).waiting)
    },
  }
}
