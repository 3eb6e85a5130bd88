import { describe, expect, test } from 'vitest'
import { headerHash, parseHeader } from './header.ts'

const code = (name: string) => expect.objectContaining({ code: name })

/** Ethereum mainnet's block 0, as any node gives it. */
const genesis = {
  hash: '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
  parentHash: `0x${'00'.repeat(32)}`,
  sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  miner: `0x${'00'.repeat(20)}`,
  stateRoot: '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544',
  transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: '0x400000000',
  number: '0x0',
  gasLimit: '0x1388',
  gasUsed: '0x0',
  timestamp: '0x0',
  extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
  mixHash: `0x${'00'.repeat(32)}`,
  nonce: '0x0000000000000042',
  size: '0x21c',
  totalDifficulty: '0x400000000',
  transactions: [],
  uncles: [],
}
const QUANTITIES = ['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp']
const isQuantity = (field: string, value: unknown) => value === '0xabc' && QUANTITIES.includes(field)
const COMMITTED = Object.keys(genesis).slice(1, 16)

test("recomputes the hash of mainnet's first block", () => {
  expect(headerHash(genesis)).toBe(genesis.hash)
  expect(parseHeader(genesis, 'recomputed')).toEqual({
    ref: { number: 0n, hash: genesis.hash, parentHash: genesis.parentHash, timestampSeconds: 0n },
    receiptsRoot: genesis.receiptsRoot,
    logsBloom: genesis.logsBloom,
    txHashes: [],
  })
})

describe.each(COMMITTED)('a changed %s', (field) => {
  const changed = (value: string) => value.slice(0, -1) + (value.endsWith('1') ? '2' : '1')
  const forged = { ...genesis, [field]: changed(genesis[field as keyof typeof genesis] as string) }

  test('is noticed', () => {
    expect(() => parseHeader(forged, 'recomputed')).toThrow(code('CHAIN_HEADER_MISMATCH'))
  })

  test.each([undefined, null, 5, 'x', '0xabc', [], {}])('to %j is named', (value) => {
    expect(() => parseHeader({ ...genesis, [field]: value }, 'recomputed')).toThrow(
      expect.objectContaining({
        code: isQuantity(field, value) ? 'CHAIN_HEADER_MISMATCH' : 'CHAIN_ANSWER_INVALID',
      }),
    )
  })
})

test('another hash is noticed', () => {
  expect(() => parseHeader({ ...genesis, hash: `0x${'11'.repeat(32)}` }, 'recomputed')).toThrow(
    code('CHAIN_HEADER_MISMATCH'),
  )
})

test('a field of a fork changes the hash', () => {
  const later = { ...genesis, baseFeePerGas: '0x7' }
  expect(headerHash(later)).not.toBe(genesis.hash)
  const rehashed = { ...later, hash: headerHash(later) }
  expect(parseHeader(rehashed, 'recomputed').ref.hash).toBe(rehashed.hash)
})

test('fields that are unknown here are not held for a forgery, nor for a success', () => {
  const foreign = { ...genesis, hash: `0x${'11'.repeat(32)}`, sendRoot: '0x00' }
  expect(() => parseHeader(foreign, 'recomputed')).toThrow(
    expect.objectContaining({
      code: 'CHAIN_HEADER_UNSUPPORTED',
      message: expect.stringContaining('sendRoot'),
    }),
  )
  // Some chains tell more than the header holds: what the hash proves is proven.
  expect(parseHeader({ ...genesis, l1BlockNumber: '0x5' }, 'recomputed').ref.hash).toBe(genesis.hash)
})

test('a trusted header is taken as it is, and its bloom is not relied on', () => {
  const foreign = { ...genesis, hash: `0x${'11'.repeat(32)}`, sendRoot: '0x00', logsBloom: undefined }
  expect(parseHeader(foreign, 'trusted')).toMatchObject({ ref: { hash: foreign.hash }, logsBloom: null })
  expect(() => parseHeader({ ...foreign, parentHash: '0x' }, 'trusted')).toThrow(code('CHAIN_ANSWER_INVALID'))
})

test('transactions are hashes, and an announcement has none', () => {
  const { transactions: _, ...announcement } = genesis
  expect(parseHeader(announcement, 'recomputed').txHashes).toBeNull()
  for (const transactions of [null, 'x', [5], ['0x12'], [{}]]) {
    expect(() => parseHeader({ ...genesis, transactions }, 'recomputed')).toThrow(
      code('CHAIN_ANSWER_INVALID'),
    )
  }
})

test.each([null, undefined, [], 'block', 5])('%j is no block', (answer) => {
  expect(() => parseHeader(answer, 'recomputed')).toThrow(code('CHAIN_ANSWER_INVALID'))
})
