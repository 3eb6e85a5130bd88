import { createHash } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import { type Anvil, startAnvil } from '@breakwater/devchain'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { layWire, type Wire } from '../../test/wire.ts'
import { connectRpc } from './connect.ts'
import type { HeadListener, Rpc } from './rpc.ts'

const closing: (() => Promise<void> | void)[] = []
let anvil: Anvil
let wire: Wire

beforeEach(async () => {
  anvil = await startAnvil()
  closing.push(() => anvil.stop())
  wire = await layWire(anvil.port)
  closing.push(wire.close)
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function open(options = {}): Rpc {
  const rpc = connectRpc(wire.url, options)
  closing.push(() => rpc.close())
  return rpc
}

async function listen(rpc: Rpc) {
  const heads: string[] = []
  let [onHead, onEnd]: (() => void)[] = [() => {}, () => {}]
  const listener: HeadListener = {
    onHead(header) {
      heads.push((header as { number: string }).number)
      onHead?.()
    },
    onEnd: () => onEnd?.(),
  }
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve
  })
  const unsubscribe = await rpc.subscribeHeads?.(listener)
  const untilHead = (number: string) =>
    new Promise<void>((resolve) => {
      onHead = () => heads.includes(number) && resolve()
      onHead()
    })
  return { heads, ended, untilHead, unsubscribe: unsubscribe ?? (() => {}) }
}

test('requests run in parallel over one connection', async () => {
  const rpc = open()
  const [id, block, missing] = await Promise.all([
    rpc.request('eth_chainId', []),
    rpc.request('eth_getBlockByNumber', ['0x0', false]),
    rpc.request('eth_getBlockByNumber', ['0x99', false]),
  ])
  expect([id, (block as { number: string }).number, missing]).toEqual(['0x7a69', '0x0', null])
})

test("the node's errors are named, one request's failure is not another's", async () => {
  const rpc = open()
  const [failed, id] = await Promise.allSettled([rpc.request('no_such', []), rpc.request('eth_chainId', [])])
  expect(failed).toMatchObject({
    reason: { code: 'CHAIN_RPC_ERROR', retry: 'never' },
  })
  expect(id).toMatchObject({ value: '0x7a69' })
})

test('heads are announced until unsubscribed', async () => {
  const rpc = open()
  const { heads, untilHead, unsubscribe } = await listen(rpc)
  await rpc.request('anvil_mine', ['0x2'])
  await untilHead('0x2')
  unsubscribe()
  await rpc.request('anvil_mine', ['0x1'])
  await rpc.request('eth_chainId', [])
  expect(heads).toEqual(['0x1', '0x2'])
})

test('a cut connection ends requests and subscriptions, and the next request connects again', async () => {
  const rpc = open()
  const { ended } = await listen(rpc)
  wire.freeze()
  const waiting = rpc.request('eth_chainId', [])
  wire.cut()
  await expect(waiting).rejects.toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE', retry: 'later' })
  await ended
  wire.thaw()
  expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
  const again = await listen(rpc)
  await rpc.request('anvil_mine', ['0x1'])
  await again.untilHead('0x1')
})

test('a connection that stays silent through a timeout is given up', async () => {
  const rpc = open({ timeoutMs: 150 })
  const { ended } = await listen(rpc)
  wire.freeze()
  await expect(rpc.request('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_RPC_TIMEOUT' })
  await ended
  wire.thaw()
  expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
})

test('a node that accepts and never answers the handshake is a timeout', async () => {
  wire.freeze()
  const rpc = open({ timeoutMs: 100 })
  await expect(rpc.request('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_RPC_TIMEOUT' })
  await expect(rpc.request('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_RPC_TIMEOUT' })
})

test('a signal ends a request and leaves the connection', async () => {
  const rpc = open()
  await rpc.request('eth_chainId', [])
  const controller = new AbortController()
  const waiting = rpc.request('eth_chainId', [], controller.signal)
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  await expect(rpc.request('eth_chainId', [], controller.signal)).rejects.toThrow('enough')
  expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
})

test('closing ends everything for good', async () => {
  const rpc = open()
  const { ended } = await listen(rpc)
  rpc.close()
  await ended
  await expect(rpc.request('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_RPC_CLOSED' })
})

test('nobody listening is unreachable', async () => {
  await anvil.stop()
  await expect(open().request('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE' })
})

describe('announcements beside HTTP', () => {
  test('come from the second address, requests go to the first', async () => {
    const rpc = connectRpc(anvil.url, { announcementsUrl: wire.url })
    closing.push(() => rpc.close())
    const { untilHead, ended } = await listen(rpc)
    await rpc.request('anvil_mine', ['0x1'])
    await untilHead('0x1')
    wire.cut()
    await ended
    expect(await rpc.request('eth_blockNumber', [])).toBe('0x1')
  })
})

describe('a message that makes no sense', () => {
  /** A node that answers every message with the same frame (RFC 6455). */
  async function saying(opcode: number, text: string): Promise<Rpc> {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', (head) => {
        const key = /sec-websocket-key: (.*)\r\n/i.exec(head.toString())?.[1]
        const accept = createHash('sha1')
          .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64')
        const status = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
        socket.write(`${status}Sec-WebSocket-Accept: ${accept}\r\n\r\n`)
        socket.on('data', () =>
          socket.write(Buffer.concat([Buffer.of(0x80 | opcode, text.length), Buffer.from(text)])),
        )
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const rpc = connectRpc(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      maxAnswerBytes: 100,
    })
    closing.push(() => {
      rpc.close()
      server.close()
    })
    return rpc
  }

  test.each<[string, number, string, string]>([
    ['is not JSON', 1, '<html>', 'CHAIN_RPC_MALFORMED'],
    ['is empty', 1, '', 'CHAIN_RPC_MALFORMED'],
    ['is no object', 1, '[1]', 'CHAIN_RPC_MALFORMED'],
    ['is not text', 2, '{"id":1}', 'CHAIN_RPC_MALFORMED'],
    ['has no id', 1, '{"jsonrpc":"2.0","result":1}', 'CHAIN_RPC_MALFORMED'],
    ['has no result', 1, '{"jsonrpc":"2.0","id":1}', 'CHAIN_RPC_MALFORMED'],
    ['is too long', 1, `"${'x'.repeat(110)}"`, 'CHAIN_RPC_TOO_LARGE'],
  ])('because it %s is an error for whoever waits', async (_, opcode, text, code) => {
    await expect((await saying(opcode, text)).request('eth_chainId', [])).rejects.toMatchObject({ code })
  })
})
