/** What the mesh itself costs: two guardians of this process on the loopback interface, with everything that is real. */
import { generateKeyPairSync } from 'node:crypto'
import { type BaseError, bytesToHex, type Net, type Rng } from '@breakwater/kernel'
import { createLocalSigner, type Signer } from '@breakwater/keys'
import { systemClock, systemRng } from '../clock.ts'
import type { Realm } from './binding.ts'
import type { MeshLimits } from './limits.ts'
import { type Mesh, type MeshListener, openMesh } from './mesh.ts'

export interface MeshMeasure {
  /** From the dial until both sides know each other: TCP, TLS, both bindings. */
  readonly connectMs: readonly number[]
  /** One message there and one back. */
  readonly roundTripMs: readonly number[]
  /** One way, as many as go through. */
  readonly messagesPerSecond: number
}

export interface MeshMeasureOptions {
  readonly connects: number
  readonly roundTrips: number
  readonly messages: number
  readonly messageBytes: number
}

/** A signed vote with its envelope and then some. */
const DEFAULTS: MeshMeasureOptions = { connects: 50, roundTrips: 2000, messages: 50_000, messageBytes: 220 }
/** Messages in flight: enough to keep the line full, and few enough that none is dropped. */
const WINDOW = 512
/** Nobody is slowed down here. */
const LIMITS: Partial<MeshLimits> = {
  inbound: { bytesPerSecond: 2 ** 34, messagesPerSecond: 2 ** 30 },
  admission: { total: 256, perAddress: 256, perSecond: 2 ** 20 },
}
const REALM: Realm = { chainId: 31_337n, registry: `0x${'00'.repeat(20)}` }
const SILENT: MeshListener = {
  connected: () => {},
  disconnected: () => {},
  unreachable: () => {},
  refused: () => {},
}

interface Pair {
  readonly dialer: Mesh
  readonly acceptor: Mesh
  readonly nets: readonly [Net, Net]
  /** Makes a connection where there is none, and ends it; how long it took to stand. */
  connect(): Promise<number>
  disconnect(): Promise<void>
}

export async function measureMesh(options: Partial<MeshMeasureOptions> = {}): Promise<MeshMeasure> {
  const { connects, roundTrips, messages, messageBytes } = { ...DEFAULTS, ...options }
  const pair = await openPair()
  try {
    const connectMs: number[] = []
    for (let n = 0; n < connects; n++) {
      connectMs.push(await pair.connect())
      await pair.disconnect()
    }
    await pair.connect()
    const message = systemRng.bytes(messageBytes)
    const roundTripMs = await measureRoundTrips(pair.nets, message, roundTrips)
    return { connectMs, roundTripMs, messagesPerSecond: await measureStream(pair.nets, message, messages) }
  } finally {
    await pair.dialer.close()
    await pair.acceptor.close()
  }
}

async function openPair(): Promise<Pair> {
  const [one, two] = [newSigner(systemRng), newSigner(systemRng)]
  // The one with the lower address dials without waiting for the other.
  const signers = one.address < two.address ? ([one, two] as const) : ([two, one] as const)
  const guardians = signers.map(({ address }) => address)
  const waiting = { connected: () => {}, disconnected: () => {}, failed: (_reason: BaseError) => {} }
  const [dialer, acceptor] = await Promise.all([
    open(signers[0], {
      ...SILENT,
      connected: () => waiting.connected(),
      unreachable: (_guardian, reason) => waiting.failed(reason),
    }),
    open(signers[1], { ...SILENT, disconnected: () => waiting.disconnected() }),
  ])
  acceptor.setGuardians(guardians)
  return {
    ...{ dialer, acceptor, nets: [dialer.net(guardians), acceptor.net(guardians)] },
    connect() {
      const startMs = performance.now()
      return new Promise((resolve, reject) => {
        waiting.failed = reject
        waiting.connected = () => resolve(performance.now() - startMs)
        dialer.setPeers(new Map([[signers[1].address, acceptor.endpoint]]))
        dialer.setGuardians(guardians)
      })
    },
    disconnect: () =>
      new Promise((resolve) => {
        waiting.disconnected = resolve
        dialer.setGuardians([])
      }),
  }
}

const newSigner = (rng: Rng): Signer => createLocalSigner(bytesToHex(rng.bytes(32)))

function open(signer: Signer, listener: MeshListener): Promise<Mesh> {
  return openMesh(
    { listen: { host: '127.0.0.1', port: 0 }, realm: REALM, limits: LIMITS },
    {
      ...{ signer, listener, clock: systemClock, rng: systemRng },
      key: generateKeyPairSync('ed25519').privateKey,
    },
  )
}

async function measureRoundTrips(
  [here, there]: readonly [Net, Net],
  message: Uint8Array,
  count: number,
): Promise<readonly number[]> {
  const samples: number[] = []
  let back = (): void => {}
  const unsubscribe = [
    there.subscribe((from, bytes) => there.send(from, bytes)),
    here.subscribe(() => back()),
  ]
  for (let n = 0; n < count; n++) {
    const startMs = performance.now()
    await new Promise<void>((resolve) => {
      back = resolve
      here.send(1, message)
    })
    samples.push(performance.now() - startMs)
  }
  for (const end of unsubscribe) end()
  return samples
}

/** The receiver tells when half of a window has come, so that the sender never has more than one in flight. */
async function measureStream(
  [here, there]: readonly [Net, Net],
  message: Uint8Array,
  count: number,
): Promise<number> {
  let [sent, received] = [0, 0]
  const startMs = performance.now()
  await new Promise<void>((resolve) => {
    const fill = (until: number) => {
      for (; sent < Math.min(count, until); sent++) here.send(1, message)
    }
    const unsubscribe = [
      here.subscribe(() => fill(sent + WINDOW / 2)),
      there.subscribe(() => {
        received++
        if (received % (WINDOW / 2) === 0) there.send(0, Uint8Array.of(0))
        if (received < count) return
        for (const end of unsubscribe) end()
        resolve()
      }),
    ]
    fill(WINDOW)
  })
  return (count * 1000) / (performance.now() - startMs)
}
