import { type Anvil, startAnvil } from '@breakwater/devchain'
import { type Address, type Hex, NO_NEEDS, toWord } from '@breakwater/kernel'
import { createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { anvil as chain } from 'viem/chains'
import { afterEach, describe, expect, test } from 'vitest'
import {
  COUNTER,
  COUNTER_TOPIC,
  clock,
  count,
  counterPlan,
  counterRead,
  openSource,
  placeCounter,
  send,
} from '../test/support.ts'
import { connectRpc, createReadPlan, createSource, headerHash, receiptsRoot } from './index.ts'

let anvil: Anvil
afterEach(() => anvil.stop())
const signal = new AbortController().signal

/** anvil's first account: a key that everybody knows. */
const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')

interface Block {
  hash: Hex
  receiptsRoot: Hex
  transactions: Hex[]
}
const blockAt = async (number: number | 'latest') =>
  (await send(
    anvil.url,
    'eth_getBlockByNumber',
    number === 'latest' ? number : `0x${number.toString(16)}`,
    false,
  )) as Block
const receiptsOf = async ({ hash }: Block) =>
  (await send(anvil.url, 'eth_getBlockReceipts', hash)) as { type: string; status: string }[]

test.each(['london', 'paris', 'shanghai', 'cancun', 'prague', 'osaka'])(
  'a block of the fork %s has the hash of its header',
  async (fork) => {
    anvil = await startAnvil({ args: ['--hardfork', fork, '--no-mining'] })
    await placeCounter(anvil.url)
    await count(anvil.url, 7n)
    await send(anvil.url, 'anvil_mine', '0x1')
    for (const number of [0, 1]) {
      const block = await blockAt(number)
      expect(headerHash({ ...block })).toBe(block.hash)
      expect(receiptsRoot(await receiptsOf(block))).toBe(block.receiptsRoot)
    }
  },
)

test('a block of all types of transaction, some reverted, has the root of its receipts', async () => {
  anvil = await startAnvil({ args: ['--no-mining'] })
  await placeCounter(anvil.url)
  const wallet = createWalletClient({ account, chain, transport: http(anvil.url) })
  const authorization = await wallet.signAuthorization({ contractAddress: COUNTER, executor: 'self' })
  const common = { to: COUNTER, data: toWord(3n), gas: 200_000n }
  const prices = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n }
  const accessList = [{ address: COUNTER, storageKeys: [toWord(0n)] }]
  await wallet.sendTransaction({ ...common, gasPrice: 10n ** 11n, nonce: 0 })
  await wallet.sendTransaction({ ...common, gasPrice: 10n ** 11n, accessList, nonce: 1 })
  await wallet.sendTransaction({ ...common, ...prices, nonce: 2 })
  await wallet.sendTransaction({ ...common, ...prices, gas: 22_000n, nonce: 3 })
  await wallet.sendTransaction({
    ...common,
    ...prices,
    authorizationList: [{ ...authorization, nonce: 5 }],
    nonce: 4,
  })
  await send(anvil.url, 'anvil_mine', '0x1')
  const block = await blockAt('latest')
  const receipts = await receiptsOf(block)
  expect(receipts.map(({ type, status }) => [type, status])).toEqual([
    ['0x0', '0x1'],
    ['0x1', '0x1'],
    ['0x2', '0x1'],
    ['0x2', '0x0'],
    ['0x4', '0x1'],
  ])
  expect(receiptsRoot(receipts)).toBe(block.receiptsRoot)
  expect(headerHash({ ...block })).toBe(block.hash)
})

test('a block of 300 transactions has the root of its receipts, and gives all facts', async () => {
  anvil = await startAnvil({ args: ['--no-mining'] })
  await placeCounter(anvil.url)
  await send(anvil.url, 'evm_setBlockGasLimit', '0x5f5e100')
  const accounts = (await send(anvil.url, 'eth_accounts')) as string[]
  const rpc = connectRpc(anvil.url)
  const transactions = Array.from({ length: 300 }, (_, i) =>
    rpc.request('eth_sendTransaction', [
      {
        from: accounts[i % 10],
        to: COUNTER,
        data: toWord(BigInt(i)),
        gas: '0x186a0',
        nonce: `0x${Math.floor(i / 10).toString(16)}`,
      },
    ]),
  )
  await Promise.all(transactions)
  rpc.close()
  await send(anvil.url, 'anvil_mine', '0x1')
  const { source, close } = openSource({ urls: [anvil.url] })
  const { facts } = await source.block(1n, signal)
  close()
  expect(facts.txs).toHaveLength(300)
  expect(facts.txs.map(({ index }) => index)).toEqual(facts.txs.map((_, i) => i))
  expect(new Set(facts.txs.map(({ logs }) => logs[0]?.data)).size).toBe(300)
  expect((await blockAt(1)).transactions).toEqual(facts.txs.map(({ hash }) => hash))
})

describe('values of one block', () => {
  const OTHER: Address = `0x${'e0'.repeat(20)}`
  const place = (address: Address, code: string) => send(anvil.url, 'anvil_setCode', address, code)
  const readAll = async (calls: Parameters<typeof createReadPlan>[0]['calls'], number: bigint) => {
    const { source, close } = openSource({ urls: [anvil.url], plan: createReadPlan({ ...NO_NEEDS, calls }) })
    const { facts } = await source.block(number, signal)
    close()
    return facts.calls
  }
  const at = (id: string, to: Address, data: Hex | 'balance' = '0x') => ({ ...counterRead, id, to, data })

  test('are those at that block, of contracts of every kind, in one call', async () => {
    anvil = await startAnvil()
    await placeCounter(anvil.url)
    const [reverting, burning, bombing]: Address[] = ['a1', 'a2', 'a3'].map(
      (byte) => `0x${byte.repeat(20)}` as const,
    )
    await place(reverting as Address, '0x5f5ffd')
    await place(burning as Address, '0x5b5f56')
    await place(bombing as Address, '0x6207a1205ff3')
    await count(anvil.url, 5n)
    await count(anvil.url, 6n)
    await send(anvil.url, 'anvil_setBalance', OTHER, '0x2a')
    const calls = [
      at('counter', COUNTER),
      at('reverting', reverting as Address),
      at('burning', burning as Address),
      at('bombing', bombing as Address),
      at('nobody', OTHER),
      { ...at('second word', COUNTER), word: 1 },
      at('balance', OTHER, 'balance'),
    ]
    await send(anvil.url, 'anvil_mine', '0x1')
    const [before, after] = await Promise.all([readAll(calls, 1n), readAll(calls, 3n)])
    expect(before.get('counter')).toEqual({ ok: true, value: 5n })
    expect(Object.fromEntries(after)).toEqual({
      counter: { ok: true, value: 6n },
      reverting: { ok: false, reason: 'reverted' },
      burning: { ok: false, reason: 'reverted' },
      bombing: { ok: true, value: 0n },
      nobody: { ok: false, reason: 'unsupported' },
      'second word': { ok: false, reason: 'unsupported' },
      balance: { ok: true, value: 42n },
    })
  })

  test('are known for 300 reads too, many of which burn all gas or return too much', async () => {
    anvil = await startAnvil()
    await placeCounter(anvil.url)
    await count(anvil.url, 9n)
    const bad: Address[] = ['a2', 'a3'].map((byte) => `0x${byte.repeat(20)}` as const)
    await place(bad[0] as Address, '0x5b5f56')
    await place(bad[1] as Address, '0x6207a1205ff3')
    await send(anvil.url, 'anvil_mine', '0x1')
    const calls = Array.from({ length: 300 }, (_, i) =>
      at(`read ${i}`, [COUNTER, bad[0], bad[1]][i % 3] as Address),
    )
    const values = [...(await readAll(calls, 2n)).values()]
    expect(values).toHaveLength(300)
    expect(values.filter((_, i) => i % 3 === 0)).toEqual(Array(100).fill({ ok: true, value: 9n }))
    expect(values.filter((_, i) => i % 3 === 1)).toEqual(Array(100).fill({ ok: false, reason: 'reverted' }))
  })
})

test('receipts are not asked for when the bloom excludes what is watched', async () => {
  anvil = await startAnvil()
  await placeCounter(anvil.url)
  await count(anvil.url, 7n)
  await send(anvil.url, 'anvil_mine', '0x1')
  const methods: string[] = []
  const rpc = connectRpc(anvil.url)
  const request: typeof rpc.request = (method, ...rest) => {
    methods.push(method)
    return rpc.request(method, ...rest)
  }
  const source = createSource(
    { chainId: 31337n, graceMs: 500, proof: 'recomputed' },
    { rpcs: [{ ...rpc, request }], plan: counterPlan, clock },
  )
  expect((await source.block(2n, signal)).facts.txs).toEqual([])
  expect(methods).not.toContain('eth_getBlockReceipts')
  expect((await source.block(1n, signal)).facts.txs[0]?.logs[0]?.topics).toEqual([COUNTER_TOPIC])
  expect(methods).toContain('eth_getBlockReceipts')
  rpc.close()
})
