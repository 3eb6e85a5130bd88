import { afterEach, describe, expect, it } from 'vitest'
import { until } from './guardians.ts'
import { createTown, type Town } from './mesh.ts'

describe('a mesh', () => {
  let town: Town
  afterEach(() => town.stop())
  const say = (from: number, text: string) => town.member(from).net.broadcast(Buffer.from(text))
  const linksOf = (index: number) =>
    town
      .member(index)
      .mesh.status()
      .map(({ connectedSinceMs }) => connectedSinceMs !== null)

  it('delivers each message of each guardian to all others, in order', async () => {
    town = await createTown(4)
    await town.meet()
    for (let n = 0; n < 100; n++) for (let from = 0; from < 4; from++) say(from, `${n}`)
    await until(() => town.members.every(({ heard }) => heard.length === 300))
    for (const [index, { heard }] of town.members.entries()) {
      for (let from = 0; from < 4; from++) {
        const texts = heard.filter((line) => line.startsWith(`${from}: `)).map((line) => line.slice(3))
        expect(texts).toEqual(from === index ? [] : Array.from({ length: 100 }, (_, n) => `${n}`))
      }
    }
  })

  it('delivers to one alone, up to the largest message', async () => {
    town = await createTown(3)
    await town.meet()
    town.member(2).net.send(0, Buffer.alloc(524_288, 'x'))
    town.member(2).net.send(2, Buffer.from('to myself'))
    town.member(2).net.send(9, Buffer.from('to nobody'))
    await until(() => town.member(0).heard.length > 0)
    expect(town.member(0).heard.map((line) => line.length)).toEqual([3 + 524_288])
    expect(town.member(1).heard).toEqual([])
    expect(() => town.member(2).net.send(0, Buffer.alloc(524_289))).toThrow('assertion')
  })

  it('keeps one connection for each pair, though both sides dial at once', async () => {
    town = await createTown(4)
    await town.meet()
    const links = () =>
      town.members.map(({ mesh }) => mesh.status().reduce((sum, { connections }) => sum + connections, 0))
    await until(() => links().every((count) => count === 3))
    // And it stays so: with pings every 50 ms a hidden second one would answer.
    const before = town.members.map((member) => member.times('connected'))
    for (let n = 0; n < 20; n++) {
      say(0, `${n}`)
      await until(() => town.member(3).heard.includes(`0: ${n}`))
    }
    expect(links()).toEqual([3, 3, 3, 3])
    expect(town.members.map((member) => member.times('connected'))).toEqual(before)
  })

  it('knows how far away each peer is, and how much went to and fro', async () => {
    town = await createTown(2)
    await town.meet()
    say(0, 'hello')
    await until(() => town.member(1).heard.length === 1)
    await until(() => town.member(0).mesh.status()[0]?.rttMs !== null)
    const [status] = town.member(0).mesh.status()
    expect(status).toMatchObject({ guardian: town.addresses[1], endpoint: town.member(1).mesh.endpoint })
    expect(status?.rttMs).toBeLessThan(1000)
    expect(status?.traffic.sentBytes).toBeGreaterThan(5)
    expect(status?.traffic.receivedBytes).toBeGreaterThan(0)
    expect(status?.nextAttemptAtMs).toBe(null)
  })

  it('finds a guardian again that was away, and says meanwhile what it tries', async () => {
    town = await createTown(3)
    await town.meet()
    await town.member(2).mesh.close()
    await until(() => town.member(0).times('disconnected') === 1 && town.member(0).times('unreachable') > 1)
    say(0, 'lost')
    const status = town
      .member(0)
      .mesh.status()
      .find(({ guardian }) => guardian === town.addresses[2])
    expect(status).toMatchObject({ connectedSinceMs: null, lastError: { error: { code: 'NODE_PEER_LOST' } } })
    expect(status?.traffic.droppedFrames).toBe(1)
    await town.start(2)
    await town.meet()
    say(0, 'back')
    await until(() => town.member(2).heard.length > 0)
    expect(town.member(2).heard).toEqual(['0: back'])
  })

  it('follows a guardian that has moved to another port', async () => {
    town = await createTown(2)
    await town.meet()
    await town.member(1).mesh.close()
    await town.start(1, { port: 0 })
    const before = town.member(0).mesh.status()[0]?.endpoint
    town.member(0).mesh.setPeers(town.book())
    await until(() => linksOf(0).every(Boolean))
    expect(town.member(0).mesh.status()[0]?.endpoint).not.toEqual(before)
  })

  it('tries a new address at once, whatever it waits for with the old one', async () => {
    town = await createTown(2, { backoff: { firstMs: 3_600_000, mostMs: 3_600_000 } })
    const [, other] = town.addresses
    if (!other) throw new Error('two')
    const { endpoint } = town.member(1).mesh
    await town.member(1).mesh.close()
    town.member(0).mesh.setPeers(new Map([[other, endpoint]]))
    await until(() => town.member(0).times('unreachable') === 1)
    expect(town.member(0).mesh.status()[0]?.nextAttemptAtMs).toBeGreaterThan(Date.now() + 1_000_000)
    await town.start(1, { port: 0 })
    town.member(0).mesh.setPeers(town.book())
    await until(() => linksOf(0).every(Boolean))
  })

  it('needs only one side to know where the other is', async () => {
    town = await createTown(2)
    for (const side of [0, 1]) {
      town.member(side).mesh.setPeers(town.book())
      await until(() => linksOf(0).every(Boolean) && linksOf(1).every(Boolean))
      town.member(side).mesh.setPeers(new Map())
      for (const index of [0, 1]) {
        town.member(index).mesh.setGuardians([])
        town.member(index).mesh.setGuardians(town.addresses)
      }
    }
    expect(town.member(0).times('connected')).toBe(2)
  })

  it('changes its members while it runs', async () => {
    town = await createTown(4)
    const [a, b, c, d] = town.addresses
    if (!a || !b || !c || !d) throw new Error('four')
    for (const { mesh } of town.members) mesh.setGuardians([a, b, c])
    for (const { mesh } of town.members) mesh.setPeers(town.book())
    await until(() => [0, 1, 2].every((index) => town.connected(index).length === 2))
    expect(town.connected(3)).toEqual([])

    for (const { mesh } of town.members) mesh.setGuardians([d, c, b])
    await until(() => [1, 2, 3].every((index) => town.connected(index).length === 2))
    expect(town.connected(0)).toEqual([])
    expect(town.connected(1).toSorted()).toEqual([c, d].toSorted())

    // Each set has its own numbers, and who is not in it says nothing in it.
    const heard: string[] = []
    town
      .member(1)
      .mesh.net([d, c, b])
      .subscribe((from, bytes) => heard.push(`new ${from}: ${bytes.join()}`))
    town
      .member(1)
      .mesh.net([a, b, c])
      .subscribe((from, bytes) => heard.push(`old ${from}: ${bytes.join()}`))
    town.member(3).mesh.net([d, c, b]).broadcast(Uint8Array.of(1))
    await until(() => heard.length > 0)
    town.member(2).mesh.net([d, c, b]).broadcast(Uint8Array.of(2))
    await until(() => heard.length > 2)
    expect(heard).toEqual(['new 0: 1', 'new 1: 2', 'old 2: 2'])
  })

  it('ends the connection, and not the process, when a subscriber fails', async () => {
    town = await createTown(2)
    await town.meet()
    town.member(1).net.subscribe(() => {
      throw new Error('no idea')
    })
    say(0, 'boom')
    await until(() => town.member(1).times('disconnected', 'NODE_PEER_MESSAGE') === 1)
  })

  it('says that a port is taken', async () => {
    town = await createTown(2)
    await expect(town.start(0, { port: town.member(1).mesh.endpoint.port })).rejects.toMatchObject({
      code: 'NODE_LISTEN',
    })
  })

  it('does not take another guardian for the one that it looks for', async () => {
    town = await createTown(3)
    const [, b, c] = town.addresses
    if (!b || !c) throw new Error('three')
    town.member(0).mesh.setPeers(new Map([[b, town.member(2).mesh.endpoint]]))
    await until(() => town.member(0).times('unreachable', 'NODE_PEER_OTHER') > 0)
    expect(town.connected(0)).not.toContain(b)
  })

  it('does not dial or let in anybody once it is closed', async () => {
    town = await createTown(2)
    await town.meet()
    const { mesh } = town.member(1)
    await mesh.close()
    mesh.setPeers(town.book())
    mesh.setGuardians(town.addresses)
    await until(() => town.member(0).times('unreachable') > 2)
    expect(town.member(0).mesh.status()[0]?.connectedSinceMs).toBe(null)
  })
})
