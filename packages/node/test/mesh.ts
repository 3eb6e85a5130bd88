/** Guardians' meshes on the loopback interface, and a stranger who says whatever a test lets it say. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Address, BaseError, Net } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { systemClock, systemRng } from '../src/clock.ts'
import { type Realm, signBinding } from '../src/net/binding.ts'
import { createCertificate, hashPublicKey } from '../src/net/certificate.ts'
import type { Endpoint } from '../src/net/endpoint.ts'
import { createFrameDecoder, encodeFrame, type Frame, HELLO } from '../src/net/frame.ts'
import type { MeshLimits } from '../src/net/limits.ts'
import { type Mesh, openMesh } from '../src/net/mesh.ts'
import { addressesOf, guardianSigners, until } from './guardians.ts'

export const REALM: Realm = { chainId: 31_337n, registry: `0x${'5e'.repeat(20)}` }
export const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

/** In the order of their addresses: of two, the first decides. */
export const signers = (size: number): readonly Signer[] =>
  [...guardianSigners(size)].sort((a, b) => (a.address < b.address ? -1 : 1))

export interface Member {
  readonly signer: Signer
  mesh: Mesh
  net: Net
  /** `from: text` of what arrived. */
  readonly heard: string[]
  /** Connections that became one, or ended, or were refused: what, and the code of the reason. */
  readonly told: {
    what: 'connected' | 'disconnected' | 'unreachable' | 'refused'
    who: string
    code: string
  }[]
  times(what: string, code?: string): number
}

export interface Town {
  readonly members: readonly Member[]
  readonly addresses: readonly Address[]
  member(index: number): Member
  /** All that run, by guardian. */
  book(): Map<Address, Endpoint>
  /** Starts it, with its old key; at its old port unless told another. */
  start(index: number, options?: { port?: number; limits?: Partial<MeshLimits> }): Promise<void>
  /** Tells everybody where everybody is, and waits until each pair is connected. */
  meet(): Promise<void>
  connected(index: number): readonly Address[]
  stop(): Promise<void>
}

/** Short times, so that tests need not wait. */
export const QUICK: Partial<MeshLimits> = {
  handshakeTimeoutMs: 1000,
  pingMs: 50,
  silentMs: 2000,
  slowMs: 2000,
  backoff: { firstMs: 20, mostMs: 200 },
}

/** @param running how many are started; the others are guardians too, whom a stranger can play */
export async function createTown(
  size: number,
  limits: Partial<MeshLimits> = {},
  running = size,
): Promise<Town> {
  const keys = Array.from({ length: size }, newKey)
  const members = new Map<number, Member>()
  const owners = signers(size)
  const addresses = addressesOf(owners)
  const town: Town = {
    get members() {
      return [...members.values()]
    },
    addresses,
    member(index) {
      const member = members.get(index)
      if (member === undefined) throw new Error(`member ${index} was not started`)
      return member
    },
    book: () => new Map([...members.values()].map(({ signer, mesh }) => [signer.address, mesh.endpoint])),
    async start(index, options = {}) {
      const known = members.get(index)
      const [signer, key] = [owners[index], keys[index]]
      if (signer === undefined || key === undefined) throw new Error(`there is no member ${index}`)
      const heard = known?.heard ?? []
      const told = known?.told ?? []
      const note = (what: Member['told'][number]['what']) => (who: string, reason?: BaseError) =>
        void told.push({ what, who, code: reason?.code ?? '' })
      const mesh = await openMesh(
        {
          listen: { host: '127.0.0.1', port: options.port ?? known?.mesh.endpoint.port ?? 0 },
          realm: REALM,
          limits: { ...QUICK, ...limits, ...options.limits },
        },
        {
          ...{ signer, key, clock: systemClock, rng: systemRng },
          listener: {
            connected: note('connected'),
            disconnected: note('disconnected'),
            unreachable: note('unreachable'),
            refused: note('refused'),
          },
        },
      )
      mesh.setGuardians(addresses)
      const net = mesh.net(addresses)
      net.subscribe((from, message) => heard.push(`${from}: ${textOf(message)}`))
      const times = (what: string, code?: string) =>
        told.filter((event) => event.what === what && (code === undefined || event.code === code)).length
      members.set(index, { signer, mesh, net, heard, told, times })
    },
    async meet() {
      const book = town.book()
      for (const { mesh } of members.values()) mesh.setPeers(book)
      await until(() =>
        [...members.keys()].every((index) => town.connected(index).length === members.size - 1),
      )
    },
    connected: (index) =>
      town
        .member(index)
        .mesh.status()
        .filter(({ connectedSinceMs }) => connectedSinceMs !== null)
        .map(({ guardian }) => guardian),
    async stop() {
      await Promise.all([...members.values()].map(({ mesh }) => mesh.close()))
    },
  }
  for (let index = 0; index < running; index++) await town.start(index)
  return town
}

/** A TLS client that is no mesh. */
export interface Stranger {
  readonly socket: TLSSocket
  readonly keyHash: ReturnType<typeof hashPublicKey>
  readonly frames: Frame[]
  /** Resolves when the other end has closed the connection; why, as far as one is told. */
  readonly closed: Promise<string>
  hello(
    signer: Signer,
    claim?: { realm?: Realm; keyHash?: Stranger['keyHash']; expirySeconds?: number },
  ): void
}

const IN_AN_HOUR = 3600

/** Resolves when TLS stands from the stranger's view, or when the connection has been closed. */
export async function knock(
  { host, port }: Endpoint,
  options: ConnectionOptions = {},
  { reads = true } = {},
): Promise<Stranger> {
  const key = newKey()
  const socket = connect({
    ...{ host, port, rejectUnauthorized: false, ALPNProtocols: ['breakwater/1'] },
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    cert: createCertificate(key),
    ...options,
  })
  let failure = ''
  socket.on('error', (error) => {
    failure = error.message
  })
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(failure)))
  const decoder = createFrameDecoder()
  const frames: Frame[] = []
  if (reads) {
    socket.on('data', (chunk) => {
      decoder.push(chunk)
      for (let frame = decoder.next(2 ** 20); frame !== null; frame = decoder.next(2 ** 20))
        frames.push(frame)
    })
  }
  await Promise.race([new Promise<void>((resolve) => socket.once('secureConnect', resolve)), closed])
  const keyHash = hashPublicKey(key)
  return {
    ...{ socket, keyHash, frames, closed },
    hello(signer, claim = {}) {
      const expiry = claim.expirySeconds ?? Math.floor(Date.now() / 1000) + IN_AN_HOUR
      const binding = signBinding(claim.realm ?? REALM, signer, claim.keyHash ?? keyHash, BigInt(expiry))
      socket.write(encodeFrame(HELLO, binding))
    },
  }
}
