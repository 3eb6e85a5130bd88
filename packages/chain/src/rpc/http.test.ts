import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError } from '@breakwater/kernel'
import { afterEach, describe, expect, test } from 'vitest'
import { connectRpc } from './connect.ts'
import type { Rpc } from './rpc.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(handler: Handler, path = '', options = {}): Promise<Rpc> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    handler(request, response, body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const rpc = connectRpc(
    `http://${path.includes('@') ? path.replace('@', `@127.0.0.1:${port}`) : `127.0.0.1:${port}${path}`}`,
    options,
  )
  closing.push(() => {
    rpc.close()
    server.closeAllConnections()
    server.close()
  })
  return rpc
}

/** A server that says this to every request; `ID` stands for the request's id. */
const saying = (text: string, status = 200, type = 'application/json') =>
  serve((_request, response, body) => {
    response.writeHead(status, { 'content-type': type })
    response.end(text.replace('ID', String(JSON.parse(body).id)))
  })

const failure = async (rpc: Rpc, signal?: AbortSignal) => {
  const error = await rpc.request('eth_test', [], signal).then(
    (result) => new Error(`got ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof BaseError)) throw error
  expect(error.meta).toMatchObject({ provider: rpc.label, method: expect.any(String) })
  return error
}

test('sends JSON-RPC 2.0 and gives the result, null included', async () => {
  const bodies: unknown[] = []
  const rpc = await serve((request, response, body) => {
    bodies.push([request.method, request.headers['content-type'], JSON.parse(body)])
    response.end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, result: null }))
  })
  expect(await rpc.request('eth_getBlockByNumber', ['0x5', false])).toBeNull()
  expect(bodies).toEqual([
    [
      'POST',
      'application/json',
      { jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['0x5', false] },
    ],
  ])
})

test('parallel requests get each its own answer', async () => {
  const rpc = await serve((_request, response, body) => {
    const { id, params } = JSON.parse(body)
    setTimeout(() => response.end(JSON.stringify({ jsonrpc: '2.0', id, result: params[0] })), 20 - params[0])
  })
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => rpc.request('echo', [i])))
  expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i))
})

describe('an answer that is none is named', () => {
  test.each<[string, string, string]>([
    ['empty', '', 'CHAIN_RPC_MALFORMED'],
    ['cut off', '{"jsonrpc":"2.0","id":ID,"resu', 'CHAIN_RPC_MALFORMED'],
    ['HTML', '<html>Bad gateway</html>', 'CHAIN_RPC_MALFORMED'],
    ['a list', '[]', 'CHAIN_RPC_MALFORMED'],
    ['null', 'null', 'CHAIN_RPC_MALFORMED'],
    ['to another request', '{"jsonrpc":"2.0","id":77,"result":"0x1"}', 'CHAIN_RPC_MALFORMED'],
    ['without id', '{"jsonrpc":"2.0","result":"0x1"}', 'CHAIN_RPC_MALFORMED'],
    ['with the id as text', '{"jsonrpc":"2.0","id":"ID","result":"0x1"}', 'CHAIN_RPC_MALFORMED'],
    ['without result', '{"jsonrpc":"2.0","id":ID}', 'CHAIN_RPC_MALFORMED'],
    ['with an error of the wrong shape', '{"jsonrpc":"2.0","id":ID,"error":"no"}', 'CHAIN_RPC_MALFORMED'],
    ['an error', '{"jsonrpc":"2.0","id":ID,"error":{"code":-32000,"message":"busy"}}', 'CHAIN_RPC_ERROR'],
    [
      'an error without id',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"huh"}}',
      'CHAIN_RPC_ERROR',
    ],
  ])('%s', async (_, text, code) => expect((await failure(await saying(text))).code).toBe(code))

  test("the node's own error keeps its code and message, and says whether it lasts", async () => {
    const text = (code: number) =>
      `{"jsonrpc":"2.0","id":ID,"error":{"code":${code},"message":"header not found"}}`
    const later = await failure(await saying(text(-32000)))
    expect(later).toMatchObject({
      retry: 'later',
      meta: { nodeCode: -32000, nodeMessage: 'header not found' },
    })
    expect(await failure(await saying(text(-32601)))).toMatchObject({ retry: 'never' })
  })

  test.each([
    [500, 'later'],
    [503, 'later'],
    [429, 'later'],
    [401, 'never'],
    [404, 'never'],
  ] as const)('HTTP status %i, to be tried again: %s', async (status, retry) => {
    const error = await failure(await saying('<html></html>', status, 'text/html'))
    expect(error).toMatchObject({ code: 'CHAIN_RPC_HTTP', retry, meta: { status } })
  })

  test('a status does not hide the error that comes with it, nor does a result come true under one', async () => {
    const error = '{"jsonrpc":"2.0","id":ID,"error":{"code":-32005,"message":"limit"}}'
    expect(await failure(await saying(error, 429))).toMatchObject({ code: 'CHAIN_RPC_ERROR' })
    expect(await failure(await saying('{"jsonrpc":"2.0","id":ID,"result":"0x1"}', 500))).toMatchObject({
      code: 'CHAIN_RPC_HTTP',
    })
  })
})

test('a redirect is not followed', async () => {
  const rpc = await serve((_request, response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:9/' })
    response.end()
  })
  expect(await failure(rpc)).toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE' })
})

test('an answer above the limit is refused before it is whole', async () => {
  let written = 0
  const rpc = await serve(
    (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1_000))) written += 1_000
      }
      response.on('drain', more)
      more()
    },
    '',
    { maxAnswerBytes: 10_000 },
  )
  expect(await failure(rpc)).toMatchObject({ code: 'CHAIN_RPC_TOO_LARGE', retry: 'never' })
  expect(written).toBeLessThan(20_000_000)
})

describe('time', () => {
  test.each<[string, Handler]>([
    ['the answer does not begin', () => {}],
    [
      'the answer does not end',
      (_request, response) => {
        response.writeHead(200)
        response.write('{"jsonrpc"')
      },
    ],
  ])('runs out when %s', async (_, handler) => {
    const rpc = await serve(handler, '', { timeoutMs: 60 })
    expect(await failure(rpc)).toMatchObject({ code: 'CHAIN_RPC_TIMEOUT', retry: 'later' })
  })
})

test('ends with the reason of its signal, before and during the request', async () => {
  const rpc = await serve(() => controller.abort(new Error('enough')))
  const controller = new AbortController()
  await expect(rpc.request('eth_test', [], controller.signal)).rejects.toThrow('enough')
  await expect(rpc.request('eth_test', [], controller.signal)).rejects.toThrow('enough')
})

test('closing ends what is under way', async () => {
  const rpc = await serve(() => rpc.close())
  expect(await failure(rpc)).toMatchObject({ code: 'CHAIN_RPC_CLOSED' })
  expect(await failure(rpc)).toMatchObject({ code: 'CHAIN_RPC_CLOSED' })
})

test('nobody listening and a cut connection are unreachable, with the reason', async () => {
  const rpc = await serve((request) => request.socket.destroy())
  expect(await failure(rpc)).toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE', retry: 'later' })
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const error = await failure(connectRpc(`http://127.0.0.1:${port}`))
  expect(error.message).toContain('ECONNREFUSED')
})

test('keys in the URL reach the node, and never an error', async () => {
  const seen: unknown[] = []
  const rpc = await serve((request, response, body) => {
    seen.push(request.url, request.headers.authorization)
    const message = 'key 0123456789abcdef is blocked'
    response.end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, error: { code: 1, message } }))
  }, 'anna:topsecret@/v3/0123456789abcdef')
  const error = await failure(rpc)
  expect(seen).toEqual(['/v3/0123456789abcdef', `Basic ${Buffer.from('anna:topsecret').toString('base64')}`])
  expect(JSON.stringify(error)).not.toMatch(/0123456789abcdef|topsecret/)
  expect(error.message).toContain('key … is blocked')
})
