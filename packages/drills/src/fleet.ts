import { cpSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRpc } from '@breakwater/chain'
import { ASSETS } from '@breakwater/deploy'
import type { Address } from '@breakwater/kernel'
import { createLocalSigner, type Signer } from '@breakwater/keys'
import {
  type Channel,
  createHub,
  createJsonSource,
  type Guardian,
  type GuardianEvent,
  type Hub,
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

/** The guardians of a world, in one process, each with its own identity, logs, tables and connection. */
export interface Fleet {
  guardians: readonly (Guardian | null)[]
  hub: Hub
  /** Ends one as a crash would: its logs stay as they are at this moment, its memory and its tables are lost. */
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
        sources: world.venues.urls.flatMap((url, venue) =>
          ASSETS.map((asset) =>
            createJsonSource({ name: `venue ${venue}`, asset, url: `${url}/${asset}`, path: 'price' }),
          ),
        ),
        channels,
        clock: systemClock,
        log: log.child({ guardian: index }),
      },
    )
    guardian.events.subscribe((event) => onEvent(event, index))
    return guardian
  }
  const guardians: (Guardian | null)[] = await Promise.all(signers.map((_, index) => start(index)))
  return {
    guardians,
    hub,
    async crash(index) {
      const [dataDir, asItWas] = [dataDirOf(index), `${dataDirOf(index)}-crashed`]
      hub.cut(index, true)
      cpSync(dataDir, asItWas, { recursive: true })
      const guardian = guardians[index]
      guardians[index] = null
      await guardian?.stop()
      // What it would have written on its way down is taken back, and its tables are not found again.
      await rm(dataDir, { recursive: true })
      await rename(asItWas, dataDir)
      generations[index] = (generations[index] ?? 0) + 1
    },
    async restart(index) {
      hub.cut(index, false)
      guardians[index] = await start(index)
    },
    async stop() {
      await Promise.all(guardians.map((guardian) => guardian?.stop()))
      await closeStore(store, folder)
    },
  }
}

async function closeStore(store: Store, folder: string): Promise<void> {
  await store.close()
  await rm(folder, { recursive: true, force: true })
}
