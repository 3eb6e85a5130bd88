import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { signBinding } from '../src/net/binding.ts'
import { createCertificate, hashPublicKey } from '../src/net/certificate.ts'
import { encodeFrame, type FrameKind, HELLO, MESSAGE, PING, PONG } from '../src/net/frame.ts'
import type { MeshLimits } from '../src/net/limits.ts'
import { signerOf, until } from './guardians.ts'
import { createTown, knock, newKey, REALM, type Stranger, signers, type Town } from './mesh.ts'

let town: Town
const sockets: { destroy(): unknown }[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await town.stop()
})

/** Three guardians that are connected, of four: the last is whom strangers play. */
async function meet(limits: Partial<MeshLimits> = {}): Promise<void> {
  town = await createTown(4, limits, 3)
  await town.meet()
}
const fourth = signers(4)[3] ?? signerOf('nobody')
const victim = () => town.member(0)

async function visit(options: ConnectionOptions = {}, reading = { reads: true }): Promise<Stranger> {
  const stranger = await knock(victim().mesh.endpoint, options, reading)
  sockets.push(stranger.socket)
  return stranger
}
/** A guardian by right, that behaves as a test wants. */
async function enter(reading = { reads: true }): Promise<Stranger> {
  const before = victim().times('connected')
  const stranger = await visit({}, reading)
  stranger.hello(fourth)
  await until(() => victim().times('connected') === before + 1)
  return stranger
}
const plain = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(victim().mesh.endpoint, () => resolve(socket))
    socket.on('error', reject)
    sockets.push(socket)
  })
/** Everybody's messages still arrive everywhere among the first three. */
async function exchange(text: string): Promise<void> {
  for (const { net } of town.members) net.broadcast(Buffer.from(text))
  await until(() =>
    town.members.every(({ heard }) => heard.filter((line) => line.endsWith(`: ${text}`)).length === 2),
  )
}

describe('who is not let in', () => {
  it('is not who the other cases here begin as: a guardian with a binding of its own', async () => {
    await meet()
    const stranger = await enter()
    stranger.socket.write(encodeFrame(MESSAGE, Buffer.from('hello')))
    await until(() => victim().heard.length > 0)
    expect(victim().heard).toEqual(['3: hello'])
    expect(stranger.frames[0]?.kind).toBe(HELLO)
  })

  const IN_AN_HOUR = () => Math.floor(Date.now() / 1000) + 3600
  const CASES: readonly [string, string, (stranger: Stranger) => void][] = [
    ['no guardian', 'NODE_PEER_UNKNOWN', (stranger) => stranger.hello(signerOf('nobody'))],
    ['the guardian itself', 'NODE_PEER_UNKNOWN', (stranger) => stranger.hello(victim().signer)],
    ['expired', 'NODE_PEER_EXPIRED', (stranger) => stranger.hello(fourth, { expirySeconds: 1_000_000 })],
    [
      'of another chain',
      'NODE_PEER_REALM',
      (stranger) => stranger.hello(fourth, { realm: { ...REALM, chainId: 1n } }),
    ],
    [
      'of another registry',
      'NODE_PEER_REALM',
      (stranger) => stranger.hello(fourth, { realm: { ...REALM, registry: `0x${'11'.repeat(20)}` } }),
    ],
    [
      'showing the binding of another key',
      'NODE_PEER_FORGED',
      (stranger) => stranger.hello(fourth, { keyHash: hashPublicKey(newKey()) }),
    ],
    [
      'signed by somebody else',
      'NODE_PEER_FORGED',
      ({ socket, keyHash }) => {
        const liar = { ...signerOf('nobody'), address: fourth.address }
        socket.write(encodeFrame(HELLO, signBinding(REALM, liar, keyHash, BigInt(IN_AN_HOUR()))))
      },
    ],
    [
      'talking at once',
      'NODE_PEER_FRAME',
      ({ socket }) => socket.write(encodeFrame(MESSAGE, Buffer.from('x'))),
    ],
    ['saying hello at length', 'NODE_PEER_FRAME', ({ socket }) => socket.write(Buffer.of(0, 0, 1, 0, 0))],
    ['saying half of it', 'KERNEL_DECODE', ({ socket }) => socket.write(encodeFrame(HELLO, Buffer.alloc(9)))],
    ['saying nothing', 'NODE_PEER_TIMEOUT', () => {}],
    [
      'saying it forever',
      'NODE_PEER_TIMEOUT',
      ({ socket }) => socket.write(Buffer.of(0, 0, 0, 145, 0, 0, 0)),
    ],
    ['leaving', 'NODE_PEER_CLOSED', ({ socket }) => socket.end()],
  ]
  it.each(CASES)('%s: %s, and learns nothing', async (_what, code, act) => {
    await meet()
    const before = victim().times('refused')
    const stranger = await visit()
    act(stranger)
    await stranger.closed
    await until(() => victim().times('refused') > before)
    expect(victim().told.at(-1)).toMatchObject({ what: 'refused', code })
    expect(stranger.frames).toEqual([])
    expect(town.connected(0)).toHaveLength(2)
  })

  const TLS: readonly [string, ConnectionOptions][] = [
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['another protocol', { ALPNProtocols: ['h2'] }],
    ['no protocol', { ALPNProtocols: [] }],
    ['another group', { ecdhCurve: 'P-256' }],
  ]
  it.each(TLS)('who speaks %s', async (_what, options) => {
    await meet()
    const stranger = await visit(options)
    stranger.hello(fourth)
    await stranger.closed
    await until(() => victim().times('refused', 'NODE_PEER_TLS') === 1)
  })

  it('who has no certificate', async () => {
    await meet()
    const { host, port } = victim().mesh.endpoint
    const socket = connectTls({ host, port, rejectUnauthorized: false, ALPNProtocols: ['breakwater/1'] })
    sockets.push(socket)
    socket.on('error', () => {})
    await until(() => victim().times('refused', 'NODE_PEER_TLS') === 1)
  })

  it('gets no session that could be resumed', async () => {
    await meet()
    const sessions: Buffer[] = []
    const stranger = await visit()
    stranger.socket.on('session', (session) => sessions.push(session))
    stranger.hello(fourth)
    await until(() => stranger.frames.length > 1)
    for (const session of sessions) {
      const again = await visit({ session })
      expect(again.socket.isSessionReused()).toBe(false)
    }
  })

  it('who speaks no TLS at all', async () => {
    await meet()
    const socket = await plain()
    socket.write('GET / HTTP/1.1\r\nHost: guardian\r\n\r\n')
    await until(() => victim().times('refused', 'NODE_PEER_TLS') === 1)
    const silent = await plain()
    silent.write(Buffer.of(0x16, 3, 1))
    await until(() => victim().times('refused', 'NODE_PEER_TIMEOUT') === 1)
  })

  it('who hangs up rudely', async () => {
    await meet()
    const [early, late] = [await plain(), await plain()]
    const stranger = await visit({ socket: late })
    expect(stranger.socket.getProtocol()).toBe('TLSv1.3')
    early.resetAndDestroy()
    late.resetAndDestroy()
    await until(() => victim().times('refused') === 2)
    await exchange('go on')
  })
})

describe('who is dialled and is not the guardian', () => {
  const pretend = async (hello: (socket: TLSSocket) => void) => {
    const key = newKey()
    const server = createServer({
      key: key.export({ type: 'pkcs8', format: 'pem' }),
      cert: createCertificate(key),
      ...{ requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['breakwater/1'] },
    })
    server.on('secureConnection', (socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      hello(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    sockets.push({ destroy: () => server.close() })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    victim().mesh.setPeers(new Map([[fourth.address, { host: '127.0.0.1', port: address.port }]]))
    return hashPublicKey(key)
  }

  it.each([
    ['with the binding of another key', 'NODE_PEER_FORGED'],
    ['with an echo', 'NODE_PEER_FORGED'],
    ['with nothing', 'NODE_PEER_TIMEOUT'],
  ])('%s', async (what, code) => {
    await meet()
    await pretend((socket) => {
      const foreign = signBinding(REALM, fourth, hashPublicKey(newKey()), 4_000_000_000n)
      if (what.includes('another key')) socket.write(encodeFrame(HELLO, foreign))
      if (what.includes('echo')) socket.pipe(socket)
    })
    await until(() => victim().times('unreachable', code) > 0)
    const status = victim()
      .mesh.status()
      .find(({ guardian }) => guardian === fourth.address)
    expect(status).toMatchObject({ connections: 0, lastError: { error: { code } } })
  })
})

describe('a guardian that misbehaves', () => {
  it.each<[string, Buffer]>([
    ['oversized frame', Buffer.of(0, 8, 0, 2, MESSAGE)],
    ['frame of an unknown kind', encodeFrame(9 as FrameKind, Buffer.from('x'))],
    ['second hello', encodeFrame(HELLO, Buffer.alloc(144))],
    ['ping to be echoed at length', encodeFrame(PING, Buffer.alloc(5))],
    ['pong of nothing', encodeFrame(PONG, Buffer.alloc(0))],
  ])('is dropped: %s', async (_what, bytes) => {
    await meet()
    const { socket, closed } = await enter()
    socket.write(bytes)
    await closed
    await until(() => victim().times('disconnected', 'NODE_PEER_FRAME') === 1)
    await exchange('go on')
  })

  it('is dropped when it answers nothing', async () => {
    await meet({ pingMs: 20, silentMs: 100 })
    await enter()
    await until(() => victim().times('disconnected', 'NODE_PEER_SILENT') === 1)
    expect(town.connected(0)).toHaveLength(2)
  })

  it('is dropped when its binding ends', async () => {
    await meet()
    const stranger = await visit()
    stranger.hello(fourth, { expirySeconds: Math.floor(Date.now() / 1000) + 2 })
    await until(() => victim().times('disconnected', 'NODE_PEER_EXPIRED') === 1)
  })

  it('is dropped when it does not read, and of what it missed only so much is kept', async () => {
    await meet({ pingMs: 50, slowMs: 300, silentMs: 60_000, backlog: { frames: 10, bytes: 2 ** 22 } })
    await enter({ reads: false })
    const message = Buffer.alloc(2 ** 18)
    const status = () =>
      victim()
        .mesh.status()
        .find(({ guardian }) => guardian === fourth.address)
    while ((status()?.traffic.droppedFrames ?? 0) < 20) {
      victim().net.send(3, message)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    await exchange('go on')
    await until(() => victim().times('disconnected', 'NODE_PEER_SLOW') === 1)
  })

  it('that floods is read at its allowance, and the others do not wait for it', async () => {
    const inbound = { bytesPerSecond: 2 ** 20, messagesPerSecond: 1000 }
    await meet({ inbound, silentMs: 60_000 })
    const { socket } = await enter()
    const startMs = Date.now()
    const frame = encodeFrame(MESSAGE, Buffer.alloc(100, 'f'))
    const burst = Buffer.concat(Array.from({ length: 1000 }, () => frame))
    let written = 0
    const pour = (): void => {
      while (socket.write(burst)) written += burst.length
      written += burst.length
    }
    socket.on('drain', pour)
    pour()
    const flooded = () =>
      victim()
        .mesh.status()
        .find(({ guardian }) => guardian === fourth.address)?.traffic
    await until(() => (flooded()?.throttled ?? 0) > 3)
    for (let n = 0; n < 20; n++) await exchange(`among ${n}`)
    const received = flooded()?.receivedFrames ?? 0
    const seconds = (Date.now() - startMs) / 1000
    expect(received).toBeGreaterThan(1000)
    expect(received).toBeLessThanOrEqual(1000 * (1 + seconds) + 1)
    // What it could write beyond what was taken is in the buffers of the two kernels and sockets, and nowhere else.
    expect(written - received * 100).toBeLessThan(16 * 2 ** 20)
    socket.off('drain', pour)
  })

  it('gets no new allowance by connecting anew', async () => {
    await meet({ inbound: { bytesPerSecond: 2 ** 20, messagesPerSecond: 50 }, silentMs: 60_000 })
    const startMs = Date.now()
    const status = () =>
      victim()
        .mesh.status()
        .find(({ guardian }) => guardian === fourth.address)
    for (let n = 0; n < 5; n++) {
      const { socket } = await enter()
      for (let m = 0; m < 100; m++) socket.write(encodeFrame(MESSAGE, Buffer.of(1)))
      const before = status()?.traffic.throttled ?? 0
      await until(() => (status()?.traffic.throttled ?? 0) > before)
      socket.destroy()
      await until(() => status()?.connections === 0)
    }
    const seconds = (Date.now() - startMs) / 1000
    expect(status()?.traffic.receivedFrames).toBeLessThanOrEqual(50 * (1 + seconds) + 1)
  })
})

describe('a crowd at the door', () => {
  it('of 1,000 half-open connections takes a bounded number in, and keeps nobody from talking', async () => {
    await meet({ admission: { total: 40, perAddress: 20, perSecond: 100 } })
    const { host, port } = victim().mesh.endpoint
    let refused = 0
    for (let n = 0; n < 1000; n++) {
      const socket = connect({ host, port })
      sockets.push(socket)
      socket.on('error', () => {})
      socket.on('close', () => refused++)
      if (n % 100 === 0) await exchange(`while ${n} wait`)
    }
    await until(() => refused >= 980)
    await exchange('after all came')
    expect(victim().times('refused', 'NODE_PEER_CROWDED')).toBeGreaterThanOrEqual(980 - 20)
    expect(town.members.map((_, index) => town.connected(index).length)).toEqual([2, 2, 2])
  })

  it('does not keep a guardian from coming back, which dials and is dialled', async () => {
    await meet({ admission: { total: 10, perAddress: 10, perSecond: 100_000 } })
    const { host, port } = victim().mesh.endpoint
    const crowd = (): void => {
      const socket = connect({ host, port })
      sockets.push(socket)
      socket.on('error', () => {})
      socket.on('close', () => isOver || setImmediate(crowd))
    }
    let isOver = false
    for (let n = 0; n < 30; n++) crowd()
    await until(() => victim().times('refused', 'NODE_PEER_CROWDED') > 100)
    await town.member(2).mesh.close()
    await town.start(2)
    await town.meet()
    isOver = true
    await exchange('back')
  })
})
