import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRpc } from '@breakwater/chain'
import { type Address, keccakText } from '@breakwater/kernel'
import { createLocalSigner, type Signer } from '@breakwater/keys'
import { pino } from 'pino'
import { vi } from 'vitest'
import {
  type Channel,
  createHub,
  type Db,
  type Guardian,
  type GuardianEvent,
  type GuardianOptions,
  type Hub,
  openStore,
  type Store,
  startGuardian,
  systemClock,
} from '../src/index.ts'
import type { Protocol, TestChain } from './chain.ts'

/** Waits for a condition, at most ten seconds. */
export const until = (condition: () => boolean | Promise<boolean>): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 10_000, interval: 5 })

export const signerOf = (role: string): Signer => createLocalSigner(keccakText(`test ${role}`))
export const guardianSigners = (size: number): readonly Signer[] =>
  Array.from({ length: size }, (_, index) => signerOf(`guardian ${index}`))
export const addressesOf = (signers: readonly Signer[]): readonly Address[] =>
  signers.map(({ address }) => address)

const OPTIONS = {
  ...{ finality: 4, pollMs: 20, staleMs: 60_000, graceMs: 200 },
  ...{ deltaMs: 60, heartbeatMs: 250, staggerMs: 40 },
  http: { host: '127.0.0.1', port: 0 },
} as const

export interface Wanted {
  protocol: Protocol
  /** Which guardian of `size`; the first of one, without it. */
  index?: number
  size?: number
  /** Takes part in deciding; else it observes. */
  acts?: boolean
  urls?: readonly string[]
  channels?: readonly Channel[]
  /** Schema and folder: the same name takes up where it stopped. */
  name: string
  /** Another folder for the logs than the name's. */
  dataDir?: string
  options?: Partial<GuardianOptions>
}

/** A guardian, and all that it has told since its start. */
export interface Started extends Guardian {
  told: readonly GuardianEvent[]
  /** Its events of a kind, one word each. */
  statuses(): readonly string[]
  get(path: string): Promise<{ status: number; text: string }>
  ready(): Promise<{ ready: boolean; reasons: readonly string[] }>
}

/** Guardians of one chain in one process. */
export interface Bench {
  folder: string
  hub: Hub
  db(name: string): Promise<Db>
  start(wanted: Wanted): Promise<Started>
  /** Ends all that were started. */
  rest(): Promise<void>
  /** Ends all that were started, the store, and what they left on disk. */
  stop(): Promise<void>
}

export async function createBench(chain: TestChain, size = 4): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-node-'))
  const store: Store = await openStore(join(folder, 'store'))
  const running = new Set<Guardian>()
  const hub = createHub(size)
  const carriers = Array.from({ length: size }, (_, index) => signerOf(`carrier ${index}`))
  await chain.fund(addressesOf(carriers))
  const rest = async () => {
    await Promise.all([...running].map((guardian) => guardian.stop()))
    running.clear()
  }
  return {
    folder,
    hub,
    db: store.open,
    async start(wanted) {
      const { protocol, name, index = 0, acts = true } = wanted
      const signers = guardianSigners(wanted.size ?? 1)
      const urls = wanted.urls ?? [chain.anvil.url]
      const guardian = await startGuardian(
        {
          ...OPTIONS,
          startAt: protocol.startBlock,
          dataDir: wanted.dataDir ?? join(folder, name),
          ...wanted.options,
        },
        {
          spec: protocol.spec,
          rpcs: urls.map((url) => connectRpc(url, { timeoutMs: 2000 })),
          db: await store.open(name),
          signer: signers[index] ?? signerOf('stranger'),
          peers: acts ? { set: { epoch: 1n, guardians: addressesOf(signers) }, net: hub.net(index) } : null,
          carrier: acts ? (carriers[index] ?? null) : null,
          sources: [],
          channels: wanted.channels ?? [],
          clock: systemClock,
          log: pino({ level: process.env.BREAKWATER_TEST_LOG ?? 'silent' }).child({ guardian: index }),
        },
      )
      running.add(guardian)
      return observe(guardian)
    },
    rest,
    async stop() {
      await rest()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function observe(guardian: Guardian): Started {
  const told: GuardianEvent[] = []
  guardian.events.subscribe((event) => told.push(event))
  const get = async (path: string) => {
    const response = await fetch(`${guardian.url}${path}`)
    return { status: response.status, text: await response.text() }
  }
  return {
    ...guardian,
    told,
    statuses: () =>
      told.flatMap((event) => {
        if (event.type === 'incident') return event.incident.status
        return event.type === 'alert' ? `${event.change} ${event.finding.rule}` : []
      }),
    get,
    ready: async () => JSON.parse((await get('/readyz')).text),
  }
}
