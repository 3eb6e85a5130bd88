import type { Source } from '@breakwater/chain'
import { type BlockRef, ZERO_HASH } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findRange, findWarmup, parseBlockName } from './range.ts'

const SIGNAL = new AbortController().signal

/** A chain that is nothing but the times of its blocks. */
function chainOf(times: readonly bigint[], finalized = 0n) {
  const asked: bigint[] = []
  const header = async (number: bigint) => {
    asked.push(number)
    const timestampSeconds = times[Number(number)]
    if (timestampSeconds === undefined) throw new Error(`there is no block ${number}`)
    const ref: BlockRef = { number, hash: ZERO_HASH, parentHash: ZERO_HASH, timestampSeconds }
    return { ref, receiptsRoot: ZERO_HASH, logsBloom: null, txHashes: null }
  }
  const source = { header, finalHeader: () => header(finalized) } as unknown as Source
  const rpc = {
    label: 'chain',
    request: async () => `0x${(times.length - 1).toString(16)}`,
    close() {},
  }
  return { source, rpc, asked }
}

const every = (seconds: number, count: number) =>
  Array.from({ length: count }, (_, i) => 1_000_000n + BigInt(seconds * i))

describe('block names', () => {
  it('are numbers, distances from the newest, and two words', () => {
    expect(parseBlockName('--from', '0')).toBe(0n)
    expect(parseBlockName('--from', '19000000')).toBe(19_000_000n)
    expect(parseBlockName('--from', '-100')).toEqual({ beforeHead: 100n })
    expect(parseBlockName('--to', 'finalized')).toBe('finalized')
  })

  it.each(['', 'x', '1.5', '0x10', '--1', '1e3', 'pending', '9'.repeat(30)])('are not %j', (text) => {
    expect(() => parseBlockName('--to', text)).toThrow(`--to is "${text}"`)
  })
})

describe('range', () => {
  const chain = chainOf(every(12, 1_001), 936n)
  const find = (from: string | undefined, to: string, windowSeconds = 600) =>
    findRange(
      {
        from: from === undefined ? undefined : parseBlockName('--from', from),
        to: parseBlockName('--to', to),
        windowSeconds,
      },
      chain.source,
      chain.rpc,
      SIGNAL,
    )

  it('is what was asked for', async () => {
    expect(await find('5', '9')).toEqual({ from: 5n, to: 9n })
    expect(await find('-10', 'latest')).toEqual({ from: 990n, to: 1_000n })
    expect(await find('-5000', '-1')).toEqual({ from: 0n, to: 999n })
    expect(await find('900', 'finalized')).toEqual({ from: 900n, to: 936n })
  })

  it('is the longest window before its end, and at least an hour, when no beginning is given', async () => {
    expect(await find(undefined, 'latest', 7_200)).toEqual({ from: 401n, to: 1_000n })
    expect(await find(undefined, 'latest', 0)).toEqual({ from: 701n, to: 1_000n })
    expect(await find(undefined, '100', 86_400)).toEqual({ from: 0n, to: 100n })
  })

  it.each([
    ['5', '4', '--from is block 5, --to is block 4'],
    ['5', '1001', '--to is block 1001, the newest block is 1000'],
    ['937', 'finalized', '--from is block 937, --to is block 936'],
  ])('from %s to %s is refused', async (from, to, message) => {
    await expect(find(from, to)).rejects.toThrow(message)
  })

  it('is refused where the node does not know its newest block', async () => {
    const rpc = { ...chain.rpc, request: async () => null }
    const options = { from: 1n, to: 'latest', windowSeconds: 0 } as const
    await expect(findRange(options, chain.source, rpc, SIGNAL)).rejects.toMatchObject({
      code: 'CHAIN_RPC_MALFORMED',
    })
  })
})

describe('warm-up', () => {
  it('begins with the last block that is as old as the window, whatever the times of the blocks', async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 80 })
    const chains = gaps.map((seconds) => {
      const times = [1_000_000n]
      for (const gap of seconds) times.push((times.at(-1) ?? 0n) + BigInt(gap))
      return times
    })
    await fc.assert(
      fc.asyncProperty(
        chains,
        fc.nat(),
        fc.integer({ min: 1, max: 900 }),
        async (times, pick, windowSeconds) => {
          const first = pick % times.length
          const wanted = (times[first] ?? 0n) - BigInt(windowSeconds)
          const old = times.slice(0, first).findLastIndex((time) => time <= wanted)
          const { source } = chainOf(times)
          expect(await findWarmup(source, BigInt(first), windowSeconds, SIGNAL)).toBe(
            BigInt(Math.max(0, old)),
          )
        },
      ),
    )
  })

  it('is the block before where there is no window, and nothing at the first block of a chain', async () => {
    const { source } = chainOf(every(1, 10))
    expect(await findWarmup(source, 7n, 0, SIGNAL)).toBe(6n)
    expect(await findWarmup(source, 0n, 600, SIGNAL)).toBe(0n)
  })

  it('does not look far beyond what it needs: old headers may be gone', async () => {
    const { source, asked } = chainOf(every(12, 20_000))
    expect(await findWarmup(source, 19_999n, 600, SIGNAL)).toBe(19_949n)
    expect(asked.every((number) => number > 19_800n)).toBe(true)
    expect(asked.length).toBeLessThan(25)
  })
})
