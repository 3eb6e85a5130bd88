/**
 * The guardians' network: each connected with each, both ends known to each other by their on-chain identity.
 *
 * Best effort, as the `Net` port says: to a peer that is away nothing is sent, and of what a slow one has not read the
 * oldest is dropped. Consensus repeats what still matters.
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import {
  type Address,
  assert,
  BaseError,
  type Clock,
  messageOf,
  type Net,
  type Rng,
} from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { type Admission, createAdmission } from './admission.ts'
import type { Realm } from './binding.ts'
import { type Endpoint, formatEndpoint } from './endpoint.ts'
import { encodeFrame, MESSAGE } from './frame.ts'
import { type Self, shakeHands, toPeerError, type Verified } from './handshake.ts'
import { DEFAULT_LIMITS, type MeshLimits } from './limits.ts'
import { createPeer, type Peer, type PeerStatus } from './peer.ts'
import { acceptSecurely, createCredentials, dialSecurely } from './secure.ts'

export interface MeshOptions {
  /** Port 0 takes a free one. */
  readonly listen: Endpoint
  readonly realm: Realm
  readonly limits?: Partial<MeshLimits>
}

/** Told what happens, for logs and metrics; how much went to and fro says `status`. */
export interface MeshListener {
  connected(guardian: Address): void
  disconnected(guardian: Address, reason: BaseError): void
  /** An attempt to reach a guardian failed. */
  unreachable(guardian: Address, reason: BaseError): void
  /** A connection from outside did not become that of a guardian. Strangers decide how often this happens. */
  refused(address: string, reason: BaseError): void
}

export interface MeshDeps {
  readonly signer: Signer
  /** Ed25519, of the connections only. */
  readonly key: KeyObject
  readonly clock: Clock
  readonly rng: Rng
  readonly listener: MeshListener
}

export interface Mesh {
  /** Where it listens. */
  readonly endpoint: Endpoint
  /** The members of one guardian set by their position in it; only those that are guardians now can be reached. */
  net(guardians: readonly Address[]): Net
  /** Who is let in and dialled from now on, this guardian left out. During a change of epochs: those of both. */
  setGuardians(guardians: readonly Address[]): void
  /** Where guardians are reached; one that is missing is not dialled. Connections that there are stay. */
  setPeers(peers: ReadonlyMap<Address, Endpoint>): void
  status(): readonly PeerStatus[]
  close(): Promise<void>
}

type Handler = (from: Address, message: Uint8Array) => void

/** What the mesh's parts share. */
interface State {
  readonly self: Self
  readonly deps: MeshDeps
  readonly admission: Admission<TLSSocket>
  readonly peers: Map<Address, Peer>
  readonly handlers: Set<Handler>
  endpoints: ReadonlyMap<Address, Endpoint>
  isClosed: boolean
}

/** Listens; lets nobody in before `setGuardians`. @throws NODE_LISTEN */
export async function openMesh(options: MeshOptions, deps: MeshDeps): Promise<Mesh> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const { signer, clock } = deps
  const state: State = {
    self: { realm: options.realm, signer, clock, limits, credentials: createCredentials(deps.key) },
    deps,
    admission: createAdmission(limits.admission),
    peers: new Map(),
    handlers: new Set(),
    endpoints: new Map(),
    isClosed: false,
  }
  const server = createServer({ noDelay: true }, (socket) => accept(state, socket))
  const endpoint = await listen(server, options.listen)
  return {
    endpoint,
    net: (guardians) => createNet(state, guardians),
    setGuardians: (guardians) => setGuardians(state, guardians),
    setPeers(endpoints) {
      state.endpoints = new Map(endpoints)
      for (const [guardian, peer] of state.peers) peer.setEndpoint(endpoints.get(guardian) ?? null)
    },
    status: () => [...state.peers.values()].map((peer) => peer.status()),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      setGuardians(state, [])
      state.isClosed = true
      for (const visitor of state.admission.visitors()) visitor.destroy()
      await closed
    },
  }
}

function listen(server: Server, { host, port }: Endpoint): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const where = formatEndpoint({ host, port })
      reject(
        new BaseError('NODE_LISTEN', `cannot listen for guardians on ${where}: ${messageOf(cause)}`, {
          hint: 'choose another address or port for this guardian, and tell it to the others',
          cause,
        }),
      )
    })
    server.listen(port, host, () => resolve({ host, port: (server.address() as AddressInfo).port }))
  })
}

function setGuardians(state: State, guardians: readonly Address[]): void {
  const own = state.deps.signer.address
  const isMember = guardians.includes(own) && !state.isClosed
  const members = new Set(isMember ? guardians.filter((guardian) => guardian !== own) : [])
  for (const [guardian, peer] of [...state.peers]) {
    if (members.has(guardian)) continue
    state.peers.delete(guardian)
    peer.close(removedError())
  }
  for (const guardian of members) {
    if (state.peers.has(guardian)) continue
    const peer = openPeer(state, guardian)
    state.peers.set(guardian, peer)
    peer.setEndpoint(state.endpoints.get(guardian) ?? null)
  }
}

function openPeer(state: State, guardian: Address): Peer {
  const { clock, rng, listener, signer } = state.deps
  return createPeer({
    ...{ guardian, clock, rng, limits: state.self.limits, decides: signer.address < guardian },
    dial: (endpoint, signal) => dial(state.self, guardian, endpoint, signal),
    onMessage: (message) => deliver(state, guardian, message),
    onConnected: () => listener.connected(guardian),
    onDisconnected: (reason) => listener.disconnected(guardian, reason),
    onUnreachable: (reason) => listener.unreachable(guardian, reason),
  })
}

/** A subscriber that cannot take a message must not bring down the process: the connection ends, and says why. */
function deliver({ handlers, peers }: State, from: Address, message: Uint8Array): void {
  if (!peers.has(from)) return
  try {
    for (const handle of handlers) handle(from, message)
  } catch (cause) {
    throw new BaseError('NODE_PEER_MESSAGE', `a message could not be taken: ${messageOf(cause)}`, { cause })
  }
}

async function dial(self: Self, wanted: Address, endpoint: Endpoint, signal: AbortSignal): Promise<Verified> {
  const socket = dialSecurely(endpoint, self.credentials)
  const abort = () => socket.destroy()
  signal.addEventListener('abort', abort)
  try {
    return await shakeHands(socket, true, self, (guardian) => {
      if (guardian !== wanted) throw otherError(endpoint, guardian, wanted)
    })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function accept(state: State, raw: Socket): Promise<void> {
  const { admission, self, peers, deps } = state
  const address = raw.remoteAddress ?? 'unknown'
  if (!admission.mayBegin(address, self.clock.nowMs())) {
    raw.destroy()
    deps.listener.refused(address, crowdedError('it connects too often'))
    return
  }
  const socket = acceptSecurely(raw, self.credentials)
  admission.enter(socket, address)?.destroy(crowdedError('others wanted to connect, and it took long'))
  try {
    const verified = await shakeHands(socket, false, self, (guardian) => {
      if (!peers.has(guardian)) throw unknownError(guardian)
    })
    const peer = peers.get(verified.guardian)
    if (peer === undefined) socket.destroy()
    else peer.adopt(verified)
  } catch (error) {
    deps.listener.refused(address, toPeerError(error))
  } finally {
    admission.leave(socket)
  }
}

function createNet({ self, peers, handlers }: State, guardians: readonly Address[]): Net {
  const indexes = new Map(guardians.map((guardian, index) => [guardian, index]))
  const frameOf = (message: Uint8Array): Uint8Array => {
    const { length } = message
    assert(length <= self.limits.messageBytes, `a message of ${length} bytes, which peers would refuse`)
    return encodeFrame(MESSAGE, message)
  }
  return {
    send(to, message) {
      const guardian = guardians[to]
      if (guardian !== undefined) peers.get(guardian)?.send(frameOf(message))
    },
    broadcast(message) {
      const frame = frameOf(message)
      for (const guardian of guardians) peers.get(guardian)?.send(frame)
    },
    subscribe(handler) {
      const handle: Handler = (from, message) => {
        const index = indexes.get(from)
        if (index !== undefined) handler(index, message)
      }
      handlers.add(handle)
      return () => handlers.delete(handle)
    },
  }
}

function crowdedError(reason: string): BaseError {
  return new BaseError('NODE_PEER_CROWDED', `a connection had to make room: ${reason}`, {
    hint: 'let only the machines of guardians through to this port, by a firewall',
    retry: 'later',
  })
}

function unknownError(guardian: Address): BaseError {
  return new BaseError('NODE_PEER_UNKNOWN', `${guardian} is no guardian of this epoch`, {
    meta: { guardian },
    hint: 'it may have left, or have joined in a block that was not seen here yet',
    retry: 'later',
  })
}

function otherError(endpoint: Endpoint, guardian: Address, wanted: Address): BaseError {
  return new BaseError(
    'NODE_PEER_OTHER',
    `at ${formatEndpoint(endpoint)} is the guardian ${guardian}, not ${wanted}`,
    { meta: { guardian, wanted }, hint: 'correct the address book', retry: 'later' },
  )
}

function removedError(): BaseError {
  return new BaseError('NODE_PEER_REMOVED', 'the peer is no guardian any more')
}
