/**
 * One guardian: follows the chain, judges each block, agrees with the others, acts, and tells. This is where the
 * pure parts meet the world; each of them is made here and nowhere else.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createReadPlan, createSource, DEFAULT_GRACE_MS, type Proof, type Rpc } from '@breakwater/chain'
import { createTimeline, type Timeline } from '@breakwater/detect'
import { type Address, BaseError, type Clock, type Hex, type Net } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { createSender, respondNeeds } from '@breakwater/respond'
import type { Spec } from '@breakwater/spec'
import type { Logger } from 'pino'
import { type Actor, type ActorOptions, createActor } from './act/actor.ts'
import type { Entry } from './act/incident.ts'
import { createIncidents, type Incidents } from './act/incidents.ts'
import type { GuardianSet } from './act/registry.ts'
import { createApp } from './api/app.ts'
import { startServer } from './api/server.ts'
import { createApiSource } from './api/source.ts'
import { systemRng } from './clock.ts'
import { createEnding, type Ending } from './ending.ts'
import { createEvents, type Events, type Incident } from './events.ts'
import { lockFolder } from './lock.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { PeerStatus } from './net/peer.ts'
import type { Channel } from './notify/channel.ts'
import { type Notifier, startNotifier } from './notify/notifier.ts'
import { type Outbox, openOutbox } from './notify/outbox.ts'
import { createReferences, type References, type ReferencesOptions } from './observe/references.ts'
import type { PriceSource } from './observe/source.ts'
import { openAudit } from './store/audit.ts'
import { createBlocks } from './store/blocks.ts'
import type { Db } from './store/store.ts'
import { isLogLost } from './store/voter.ts'
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
  peers: { set: GuardianSet; net: Net; status?(): readonly PeerStatus[] } | null
  /** Pays for bringing actions in; `null`: others do. */
  carrier: Signer | null
  sources: readonly PriceSource[]
  channels: readonly Channel[]
  /** Keeps other processes from this identity, beyond the folder's own lock. Answers what ends that. */
  claim?: (onLost: (error: unknown) => void) => Promise<() => Promise<void>>
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

/**
 * Opens everything, takes up where it stopped, and begins to watch; the chain need not be there yet.
 * @throws NODE_LOCKED, NODE_LOCK_IO, NODE_WAL_DAMAGED, NODE_WAL_IO, NODE_STORE_DAMAGED, NODE_NOT_GUARDIAN, NODE_LISTEN,
 * CONSENSUS_RECORD, CONSENSUS_RECORD_EPOCH; nothing is left running then
 */
export async function startGuardian(options: GuardianOptions, deps: GuardianDeps): Promise<Guardian> {
  const ending = createEnding()
  try {
    return await start(options, createBase(deps, ending))
  } catch (error) {
    await ending.end().catch(() => {})
    throw error
  }
}

/** What all parts share. */
interface Base extends GuardianDeps {
  events: Events
  metrics: Metrics
  ending: Ending
  /** For errors that are survived: they are counted and logged. */
  survive(part: string, message: string): (error: unknown) => void
}

function createBase(deps: GuardianDeps, ending: Ending): Base {
  // An error is an object without any text for whoever writes it as JSON.
  const log = deps.log.child({}, { serializers: { error: describeError } })
  const metrics = createMetrics()
  const survive = (part: string, message: string) => (error: unknown) => {
    metrics.errors.inc({ part })
    log.error({ error }, message)
  }
  const events = createEvents(survive('events', 'somebody who looks on failed'))
  return { ...deps, log, metrics, survive, events, ending }
}

function describeError(error: unknown): unknown {
  if (error instanceof BaseError) return error.toJSON()
  return error instanceof Error ? { message: error.message, stack: error.stack } : error
}

async function start(options: GuardianOptions, base: Base): Promise<Guardian> {
  const { spec, signer, events, metrics, ending, survive } = base
  await mkdir(options.dataDir, { recursive: true })
  ending.add(await lockFolder(options.dataDir))
  if (base.claim !== undefined) ending.add(await base.claim(ending.fail))
  const outbox = await openGuardianOutbox(options, base)
  const notifier = await openNotifier(base, outbox)

  let actor: Actor | null = null
  const timeline = createTimeline(spec, [respondNeeds(spec)])
  const references = openReferences(options, base)
  const incidents = openIncidents(base, timeline, notifier, {
    head: () => watcher.evaluations.head()?.block ?? null,
    onChange: (entry) => actor?.onIncident(entry),
  })
  await incidents.load()
  const watcher = openWatcher(options, base, timeline, references, {
    onEvaluated(evaluation) {
      actor?.onEvaluated(evaluation)
      incidents.joined(evaluation.facts)
    },
    onOrphaned(removed) {
      incidents.left(removed)
      actor?.onReorg()
    },
    async recorded() {
      await notifier.recorded()
      await incidents.saved()
    },
  })
  actor = await openActor(options, base, timeline, incidents, watcher)

  const parts = { spec, db: base.db, peers: base.peers, watcher, actor, incidents, outbox, metrics, events }
  const api = { address: signer.address, ...parts, onError: survive('api', 'a request failed') }
  const server =
    options.http && (await startServer(createApp(createApiSource(api)), options.http.host, options.http.port))
  if (server) ending.add(server.close)
  ending.add(references.stop, watcher.stop)
  references.start()
  await watcher.start()
  actor?.start()
  watcher.done().catch(ending.fail)
  return {
    ...{ address: signer.address, events, watcher, actor, metrics },
    url: server?.url ?? null,
    incidents: incidents.all,
    done: ending.done,
    stop: ending.end,
  }
}

async function openGuardianOutbox({ dataDir }: GuardianOptions, base: Base): Promise<Outbox> {
  const { db, channels, clock, log, metrics, ending } = base
  const wal = await openWal(join(dataDir, 'outbox.wal'))
  ending.add(wal.close)
  const onError = (channel: string, error: unknown) => {
    metrics.errors.inc({ part: 'outbox' })
    log.warn({ channel, error }, 'a message could not be delivered yet')
  }
  const outbox = await openOutbox({ db, wal, channels, clock, onError })
  ending.add(outbox.close)
  return outbox
}

async function openNotifier(base: Base, outbox: Outbox): Promise<Notifier> {
  const { db, signer, spec, events, metrics, clock, log, ending } = base
  const audit = await openAudit(db, signer, clock)
  const notifier = startNotifier({
    ...{ guardian: signer.address, protocol: spec.name, outbox, audit, events, metrics, clock, log },
  })
  ending.add(notifier.stop)
  return notifier
}

function openReferences(options: GuardianOptions, { sources, clock, log, metrics }: Base): References {
  const onError = ({ name }: PriceSource, error: unknown) => {
    metrics.errors.inc({ part: 'references' })
    log.debug({ source: name, error }, 'a price source failed')
  }
  return createReferences(sources, clock, onError, options.references)
}

function openIncidents(
  { spec, db, clock, events, ending, survive }: Base,
  timeline: Timeline,
  notifier: Notifier,
  {
    head,
    onChange,
  }: { head(): { hash: Hex; timestampSeconds: bigint } | null; onChange(entry: Readonly<Entry>): void },
): Incidents {
  const incidents = createIncidents({
    ...{ db, breaker: spec.guardians?.breaker ?? null, nowMs: clock.nowMs, recorded: notifier.recorded },
    nowSeconds: () => head()?.timestampSeconds ?? 0n,
    isOrphaned(number, hash) {
      const newest = head()?.hash
      if (newest === undefined || timeline.isAncestor(hash, newest)) return false
      return timeline.at(hash) !== undefined || timeline.ancestor(number, newest) !== undefined
    },
    onChange(entry) {
      events.emit({ type: 'incident', incident: entry.incident })
      onChange(entry)
    },
    onError: survive('store', 'an incident could not be stored'),
  })
  ending.add(incidents.saved)
  return incidents
}

function openWatcher(
  options: GuardianOptions,
  base: Base,
  timeline: Timeline,
  references: References,
  sink: Pick<Parameters<typeof createWatcher>[1], 'onEvaluated' | 'onOrphaned' | 'recorded'>,
): Watcher {
  const { spec, rpcs, db, clock, events, metrics, log } = base
  const { graceMs = DEFAULT_GRACE_MS, proof = 'recomputed' } = options
  const source = createSource(
    { chainId: spec.chainId, graceMs, proof },
    { rpcs, plan: createReadPlan(timeline.needs), clock },
  )
  return createWatcher(options, {
    ...{ spec, timeline, source, rpcs, references, events, metrics, clock, log, ...sink },
    blocks: createBlocks(db, clock.nowMs),
  })
}

async function openActor(
  options: GuardianOptions,
  base: Base,
  timeline: Timeline,
  incidents: Incidents,
  { evaluations, canVote }: Watcher,
): Promise<Actor | null> {
  const { spec, db, rpcs, signer, peers, carrier, events, metrics, clock, log, ending } = base
  if (peers === null) return null
  const wal = await openWal(join(options.dataDir, 'votes.wal'))
  ending.add(wal.close)
  const { set, net } = peers
  const registry = spec.guardians?.registry ?? '0x'
  const voter = { registry, chainId: spec.chainId, epoch: set.epoch, guardian: signer.address }
  const isLost = await isLogLost(db, wal, voter)
  const actor = createActor(options, {
    ...{ spec, signer, timeline, incidents, events, metrics, clock, log, wal, evaluations, canVote },
    ...{ set, net, isLogLost: isLost, rng: systemRng },
    sender: carrier === null ? null : createSender(spec.chainId, rpcs, carrier),
    onFailed: ending.fail,
  })
  ending.add(actor.stop)
  return actor
}
