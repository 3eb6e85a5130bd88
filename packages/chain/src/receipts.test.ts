import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Address, type Hex, toJson } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Header, parseHeader } from './header.ts'
import { readReceipts, receiptsRoot } from './receipts.ts'

const hexOf = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((data) => `0x${Buffer.from(data).toString('hex')}` as Hex)
const quantity = fc.nat().map((value) => `0x${value.toString(16)}`)
const WATCHED: Address = `0x${'aa'.repeat(20)}`
const log = fc.record({
  address: fc.oneof(hexOf(20), fc.constant(WATCHED)),
  topics: fc.array(hexOf(32), { maxLength: 4 }),
  data: fc.nat(100).chain(hexOf),
})
const receipt = fc.record({
  transactionHash: hexOf(32),
  type: fc.nat(4).map((type) => `0x${type}`),
  status: fc.constantFrom('0x0', '0x1'),
  cumulativeGasUsed: quantity,
  logsBloom: hexOf(256),
  logs: fc.array(log, { maxLength: 4 }),
})
const receipts = fc.array(receipt, { minLength: 1, maxLength: 5 })
type Receipts = typeof receipts extends fc.Arbitrary<infer T> ? T : never

const headerOf = (list: Receipts): Header => ({
  ref: { number: 5n, hash: `0x${'11'.repeat(32)}`, parentHash: `0x${'22'.repeat(32)}`, timestampSeconds: 1n },
  receiptsRoot: receiptsRoot(list),
  logsBloom: null,
  txHashes: list.map(({ transactionHash }) => transactionHash),
})
const watched = new Set([WATCHED])
const code = (name: string) => expect.objectContaining({ code: name })

test('keeps the logs of watched contracts, in order, with position and status', () => {
  fc.assert(
    fc.property(receipts, (list) => {
      const expected = list.flatMap(({ transactionHash, status, logs }, index) => {
        const kept = logs.filter(({ address }) => address === WATCHED)
        return kept.length === 0
          ? []
          : [{ hash: transactionHash, index, status: status === '0x1' ? 'ok' : 'reverted', logs: kept }]
      })
      expect(readReceipts(list, headerOf(list), watched, 'recomputed')).toEqual(expected)
    }),
  )
})

test('notices any change of what the root commits to', () => {
  const change = fc.record({
    status: fc.constantFrom('0x0', '0x1'),
    type: fc.nat(4).map((type) => `0x${type}`),
    cumulativeGasUsed: quantity,
    logsBloom: hexOf(256),
    logs: fc.array(log, { maxLength: 4 }),
  })
  const field = fc.constantFrom('status', 'type', 'cumulativeGasUsed', 'logsBloom', 'logs' as const)
  fc.assert(
    fc.property(receipts, fc.nat(), change, field, (list, at, changed, name) => {
      const index = at % list.length
      const forged = list.map((item, i) =>
        i === index ? { ...item, [name]: changed[name as keyof typeof changed] } : item,
      )
      fc.pre(toJson(forged) !== toJson(list))
      expect(() => readReceipts(forged, headerOf(list), watched, 'recomputed')).toThrow(
        code('CHAIN_RECEIPTS_MISMATCH'),
      )
    }),
  )
})

describe('with two receipts', () => {
  const [list] = fc.sample(fc.array(receipt, { minLength: 2, maxLength: 2 }), { numRuns: 1, seed: 7 }) as [
    Receipts,
  ]
  const header = headerOf(list)
  const read = (answer: unknown, proof: 'recomputed' | 'trusted' = 'recomputed') =>
    readReceipts(answer, header, watched, proof)

  test.each([
    ['one is missing', list.slice(1)],
    ['one is there twice', [...list, ...list.slice(1)]],
    ['they are in another order', list.toReversed()],
    ['there are none', []],
    ['one names another transaction', [{ ...list[0], transactionHash: `0x${'77'.repeat(32)}` }, list[1]]],
  ])('%s: that is noticed, also where the header is only trusted', (_, forged) => {
    expect(() => read(forged)).toThrow(code('CHAIN_RECEIPTS_MISMATCH'))
    expect(() => read(forged, 'trusted')).toThrow(code('CHAIN_RECEIPTS_MISMATCH'))
  })

  test.each([
    ['status', undefined],
    ['status', '0x2'],
    ['status', true],
    ['type', 'legacy'],
    ['cumulativeGasUsed', 21000],
    ['logsBloom', '0x00'],
    ['logs', null],
    ['logs', [{ address: WATCHED, topics: [], data: '0x1' }]],
    ['logs', [{ address: '0x12', topics: [], data: '0x' }]],
    ['logs', [{ address: WATCHED, topics: ['0x12'], data: '0x' }]],
    ['logs', [{ address: WATCHED, topics: Array(5).fill(`0x${'00'.repeat(32)}`), data: '0x' }]],
    ['logs', [null]],
    ['transactionHash', null],
  ])('a %s of %j is named with its receipt', (field, value) => {
    const broken = [list[0], { ...list[1], [field]: value }]
    expect(() => read(broken)).toThrow(
      expect.objectContaining({
        code: 'CHAIN_ANSWER_INVALID',
        message: expect.stringContaining('receipt 1: '),
      }),
    )
  })

  test('a type unknown here is unsupported, not forged; trusted it is read', () => {
    const foreign = [list[0], { ...list[1], type: '0x7e' }] as Receipts
    expect(() => read(foreign)).toThrow(code('CHAIN_RECEIPTS_UNSUPPORTED'))
    expect(read(foreign, 'trusted').length).toBeGreaterThanOrEqual(0)
  })

  test('a receipt without type is a legacy one', () => {
    const { type: _, ...old } = list[0] as Receipts[number]
    expect(receiptsRoot([old])).toBe(receiptsRoot([{ ...old, type: '0x0' }]))
  })

  test.each([null, {}, 'receipts', [null], [[]]])('%j is no list of receipts', (answer) => {
    expect(() => read(answer)).toThrow(code('CHAIN_ANSWER_INVALID'))
  })
})

const folder = process.env.BREAKWATER_VECTORS ?? join(process.cwd(), '../shared/vectors')
const vectors = join(folder, 'rpc')
const why = existsSync(vectors) ? '' : ' (skipped: no recorded blocks; set BREAKWATER_VECTORS)'

describe.skipIf(why !== '')(`a recorded block of Ethereum mainnet${why}`, () => {
  const load = (name: string) => JSON.parse(readFileSync(join(vectors, name), 'utf8'))

  test('has the hash of its header and the root of its 202 receipts', () => {
    const header = parseHeader(load('block.json'), 'recomputed')
    const answer = load('receipts.json') as unknown[]
    expect(answer).toHaveLength(202)
    expect(receiptsRoot(answer)).toBe(header.receiptsRoot)
    const usdc: Address = '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48'
    const txs = readReceipts(answer, header, new Set([usdc]), 'recomputed')
    expect(txs.every(({ logs }) => logs.every(({ address }) => address === usdc))).toBe(true)
    expect(txs).toHaveLength(13)
  })
})
