import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Anvil, startAnvil } from './anvil.ts'
import { type LyingProxy, startLyingProxy } from './lyingProxy.ts'

let anvil: Anvil
let proxy: LyingProxy

beforeAll(async () => {
  anvil = await startAnvil()
  proxy = await startLyingProxy(anvil.url)
})
afterAll(async () => {
  await proxy?.stop()
  await anvil?.stop()
})
beforeEach(() => {
  proxy.lie = null
  proxy.mode = { kind: 'pass' }
})

const post = (body: unknown, signal?: AbortSignal) =>
  fetch(proxy.url, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  })
const chainId = { jsonrpc: '2.0', id: 5, method: 'eth_chainId', params: [] }

test('forwards requests, batches and errors as they are', async () => {
  expect(await (await post(chainId)).json()).toEqual({ jsonrpc: '2.0', id: 5, result: '0x7a69' })
  const batch = await (await post([chainId, { ...chainId, id: 6, method: 'no_such' }])).json()
  expect(batch).toMatchObject([
    { id: 5, result: '0x7a69' },
    { id: 6, error: { code: -32601 } },
  ])
})

test('lies about what it is told to lie about', async () => {
  proxy.lie = (method, _params, answer) => (method === 'eth_chainId' ? { result: '0x1' } : answer)
  expect(await (await post(chainId)).json()).toMatchObject({ result: '0x1' })
  expect(await (await post({ ...chainId, method: 'eth_blockNumber' })).json()).toMatchObject({
    result: '0x0',
  })
})

test('truncates, hangs, drops and answers with an error page', async () => {
  proxy.mode = { kind: 'truncate' }
  await expect((await post(chainId)).json()).rejects.toThrow(SyntaxError)
  proxy.mode = { kind: 'status', status: 503 }
  const page = await post(chainId)
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('<html>')])
  proxy.mode = { kind: 'drop' }
  await expect(post(chainId)).rejects.toThrow('fetch failed')
  proxy.mode = { kind: 'hang' }
  await expect(post(chainId, AbortSignal.timeout(50))).rejects.toThrow('timeout')
  proxy.mode = { kind: 'delay', delayMs: 30 }
  const before = performance.now()
  await (await post(chainId)).json()
  expect(performance.now() - before).toBeGreaterThan(25)
})
