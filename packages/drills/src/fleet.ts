import { cpSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRpc, type Sight } from '@breakwater/chain'
import { ASSETS } from '@breakwater/deploy'
import type { Address } from '@breakwater/kernel'
import { createLocalSigner, type Signer } from '@breakwater/keys'
import {
  type Channel,
  createHub,
  createJsonSource,
  type Events,
  type Guardian,
  type GuardianEvent,
  openStore,
  type Store,
  startGuardian,
  systemClock,
} from '@breakwater/node'
import { type Logger, pino } from 'pino'
import { devKey } from './chain/accounts.ts'
import type { World } from './world.ts'

export interface FleetOptions {
  size: number
  /** URLs of the RPC providers of one guardian; the world's node without it. */
  providers?: (index: number) => readonly string[]
  /** Serve the HTTP interface, each on a free port. */
  http?: boolean
  channels?: readonly Channel[]
  /** What a guardian tells, from its start on: before the slowest one has started, another may have told much. */
  onEvent?: (event: GuardianEvent, guardian: number) => void
  log?: Logger
}

/** What can be seen of a guardian at a glance. */
export interface GuardianView {
  state: Sight['state']
  head: bigint | null
  view: bigint
  finalizedView: bigint
  isStalled: boolean
  openFindings: number
}

/** A guardian as drills and views know it, wherever it runs. */
export interface FleetGuardian {
  address: Address
  /** Of its HTTP interface. */
  url: string | null
  events: Pick<Events, 'subscribe'>
  /** Rejects when it could not go on. */
  done: Promise<void>
  view(): GuardianView
}

/** The guardians of a world, each with its own identity, logs, tables and connection. */
export interface Fleet {
  guardians: readonly (FleetGuardian | null)[]
  /** Ends one as a crash would: what was not synced and its memory are lost. */
  crash(index: number): Promise<void>
  /** Starts a crashed one again from what its logs kept. */
  restart(index: number): Promise<void>
  stop(): Promise<void>
}

export function guardianSigners(seed: number, size: number): readonly Signer[] {
  return Array.from({ length: size }, (_, i) => createLocalSigner(devKey(seed, `guardian ${i}`)))
}

export function guardianAddresses(seed: number, size: number): readonly Address[] {
  return guardianSigners(seed, size).map(({ address }) => address)
}

/** Guardians on one machine, with blocks of a second or less. */
export const TIMING = {
  finality: 16,
  pollMs: 200,
  staleMs: 30_000,
  deltaMs: 100,
  heartbeatMs: 3000,
  staggerMs: 150,
  graceMs: 500,
  references: { pollMs: 100, maxAgeMs: 5000 },
} as const

/** The price sources of the world's market. */
export function references({ venues }: World) {
  return venues.urls.flatMap((url, venue) =>
    ASSETS.map((asset) => ({ name: `venue ${venue}`, asset, url: `${url}/${asset}`, path: 'price' })),
  )
}

/** All of them in this process: a crash leaves their logs as they are at this moment, and takes their tables away. */
export async function startFleet(seed: number, world: World, options: FleetOptions): Promise<Fleet> {
  const { size, channels = [], onEvent = () => {}, log = pino({ level: 'silent' }) } = options
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-'))
  const store = await openStore(join(folder, 'store'))
  const hub = createHub(size)
  const dataDirOf = (index: number) => join(folder, `guardian-${index}`)
  const signers = guardianSigners(seed, size)
  const carriers = signers.map((_, i) => createLocalSigner(devKey(seed, `carrier ${i}`)))
  await world.node.fund(carriers.map(({ address }) => address))
  const generations = signers.map(() => 0)
  const { anvil: node } = world
  const urls = options.providers ?? (() => [node.url])

  const start = async (index: number): Promise<Guardian> => {
    const signer = signers[index] as Signer
    const guardian = await startGuardian(
      {
        ...TIMING,
        startAt: world.startBlock,
        dataDir: dataDirOf(index),
        http: options.http ? { host: '127.0.0.1', port: 0 } : null,
      },
      {
        spec: world.harbor.spec,
        rpcs: urls(index).map((url) =>
          connectRpc(url, url === node.url ? { announcementsUrl: node.wsUrl } : {}),
        ),
        db: await store.open(`guardian_${index}_${generations[index]}`),
        signer,
        peers: { set: { epoch: 1n, guardians: signers.map(({ address }) => address) }, net: hub.net(index) },
        carrier: carriers[index] ?? null,
        sources: references(world).map(createJsonSource),
        channels,
        clock: systemClock,
        log: log.child({ guardian: index }),
      },
    )
    guardian.events.subscribe((event) => onEvent(event, index))
    return guardian
  }
  const running: (Guardian | null)[] = await Promise.all(signers.map((_, index) => start(index)))
  return {
    get guardians() {
      return running.map((guardian) => guardian && seen(guardian))
    },
    async crash(index) {
      const [dataDir, asItWas] = [dataDirOf(index), `${dataDirOf(index)}-crashed`]
      hub.cut(index, true)
      cpSync(dataDir, asItWas, { recursive: true })
      const guardian = running[index]
      running[index] = null
      await guardian?.stop()
      // What it would have written on its way down is taken back, and its tables are not found again.
      await rm(dataDir, { recursive: true })
      await rename(asItWas, dataDir)
      generations[index] = (generations[index] ?? 0) + 1
    },
    async restart(index) {
      hub.cut(index, false)
      running[index] = await start(index)
    },
    async stop() {
      await Promise.all(running.map((guardian) => guardian?.stop()))
      await closeStore(store, folder)
    },
  }
}

function seen({ address, url, events, done, watcher, actor }: Guardian): FleetGuardian {
  return {
    ...{ address, url, events, done },
    view() {
      const consensus = actor?.status()
      return {
        state: watcher.sight().state,
        head: watcher.evaluations.head()?.block.number ?? null,
        view: consensus?.view ?? 0n,
        finalizedView: consensus?.finalized.view ?? 0n,
        isStalled: actor?.isStalled() ?? false,
        openFindings: watcher.openFindings().length,
      }
    },
  }
}

async function closeStore(store: Store, folder: string): Promise<void> {
  await store.close()
  await rm(folder, { recursive: true, force: true })
}
