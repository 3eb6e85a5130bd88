import type { Header, Rpc, Source } from '@breakwater/chain'
import { BaseError } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashOf } from '../../test/blocks.ts'
import { findStart } from './start.ts'

const never = () => new AbortController().signal

/** A chain whose block `i` has the time `times[i]`. */
function sourceOf(times: readonly number[]): Source {
  return {
    async header(number: bigint): Promise<Header> {
      const time = times[Number(number)]
      if (time === undefined) throw new BaseError('CHAIN_ABSENT', `no provider has block ${number}`)
      const ref = {
        number,
        hash: hashOf(Number(number)),
        parentHash: hashOf(0),
        timestampSeconds: BigInt(time),
      }
      return { ref } as Header
    },
  } as unknown as Source
}

const rpcOf = (answer: () => unknown): Rpc => ({
  label: 'node:8545',
  request: async () => answer(),
  close() {},
})
const numberOf = (number: number) => rpcOf(() => `0x${number.toString(16)}`)
const down = rpcOf(() => {
  throw new BaseError('CHAIN_RPC_UNREACHABLE', 'node:8545: no connection')
})

describe('the block to begin with', () => {
  const chains = fc
    .array(fc.nat({ max: 2000 }), { minLength: 1, maxLength: 80 })
    .map((times) => times.sort((a, b) => a - b))

  it('is the last one before the window, or as far back as is allowed', async () => {
    const bounds = fc.oneof(fc.constant('unlimited' as const), fc.integer({ min: 1, max: 100 }))
    await fc.assert(
      fc.asyncProperty(chains, fc.nat({ max: 2500 }), bounds, async (times, windowSeconds, maxPastBlocks) => {
        const newest = times.length - 1
        const rpcs = [numberOf(newest)]
        const start = Number(await findStart(sourceOf(times), rpcs, windowSeconds, maxPastBlocks, never()))
        const wanted = (times[newest] ?? 0) - windowSeconds
        const floor = maxPastBlocks === 'unlimited' ? 0 : Math.max(0, newest - maxPastBlocks)
        const before = times.findLastIndex((time) => time <= wanted)
        expect(start).toBe(Math.max(before, floor))
      }),
    )
  })

  it('needs one provider, and is not misled by one that names a block that there is not', async () => {
    const source = sourceOf([1000, 1010, 1020, 1030])
    const find = (...rpcs: Rpc[]) => findStart(source, rpcs, 10, 'unlimited', never())
    expect(await find(down, numberOf(3))).toBe(2n)
    expect(await find(numberOf(999_999), numberOf(3), numberOf(2))).toBe(2n)
  })

  it('is not known without an answer, and the reason is told', async () => {
    const find = (...rpcs: Rpc[]) => findStart(sourceOf([1000]), rpcs, 10, 'unlimited', never())
    await expect(find(down)).rejects.toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE' })
    await expect(find(numberOf(5))).rejects.toMatchObject({ code: 'CHAIN_ABSENT' })
    for (const answer of [null, 5, '5', '0x', `0x${'f'.repeat(40)}`]) {
      await expect(find(rpcOf(() => answer))).rejects.toMatchObject({
        code: 'CHAIN_RPC_MALFORMED',
        message: expect.stringContaining('node:8545'),
      })
    }
  })
})
