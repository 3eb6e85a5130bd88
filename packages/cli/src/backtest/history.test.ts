import type { AgreedBlock, Source } from '@breakwater/chain'
import { BaseError, type BlockRef, type Clock, type Hex } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { readHistory } from './history.ts'

const hashOf = (number: bigint, branch = 0): Hex =>
  `0x${(number + 1_000n * BigInt(branch)).toString(16).padStart(64, '0')}`

/** A chain whose reads can be made to fail: `fail` is asked before each. */
function chain(fail: (number: bigint) => Error | null, branchOf: (number: bigint) => number = () => 0) {
  const block = async (number: bigint): Promise<AgreedBlock> => {
    const error = fail(number)
    if (error !== null) throw error
    const branch = branchOf(number)
    const ref: BlockRef = {
      ...{ number, hash: hashOf(number, branch), parentHash: hashOf(number - 1n, branch) },
      timestampSeconds: number,
    }
    return { facts: { block: ref, txs: [], calls: new Map() }, isUnverified: true }
  }
  return { block } as unknown as Source
}

async function read(source: Source, signal = new AbortController().signal) {
  const pauses: number[] = []
  const clock: Clock = { nowMs: () => 0, schedule: () => () => {}, sleep: async (ms) => void pauses.push(ms) }
  const numbers: bigint[] = []
  const troubles: unknown[] = []
  const onTrouble = (error: unknown) => void troubles.push(error)
  const error = await (async () => {
    for await (const { block } of readHistory(3n, 60n, { source, clock, onTrouble }, signal)) {
      numbers.push(block.number)
    }
    return null
  })().catch((thrown) => thrown)
  return { numbers, pauses, troubles, error }
}

const ALL = Array.from({ length: 58 }, (_, i) => BigInt(i + 3))
const later = new BaseError('CHAIN_UNREACHABLE', 'too many requests', { retry: 'later' })

describe('history', () => {
  it('is every block once, in order, however often the provider fails in between', async () => {
    const attempts = new Map<bigint, number>()
    const source = chain((number) => {
      const attempt = (attempts.get(number) ?? 0) + 1
      attempts.set(number, attempt)
      return number % 10n === 0n && attempt <= 3 ? later : null
    })
    const { numbers, error, troubles } = await read(source)
    expect(error).toBeNull()
    expect(numbers).toEqual(ALL)
    expect(troubles.length).toBeGreaterThan(5)
  })

  it('ends with the error when it lasts, after pauses that grow', async () => {
    const { numbers, error, pauses } = await read(chain((number) => (number >= 20n ? later : null)))
    expect(error).toBe(later)
    expect(numbers).toEqual(ALL.slice(0, 17))
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000])
  })

  it('ends at once with an error that asking again does not mend', async () => {
    const wrong = new BaseError('CHAIN_WRONG_ID', 'another chain')
    const { error, pauses } = await read(chain((number) => (number === 9n ? wrong : null)))
    expect(error).toBe(wrong)
    expect(pauses).toEqual([])
  })

  it('ends when the chain was reorganised meanwhile, in one read or between two', async () => {
    const during = await read(
      chain(
        () => null,
        (number) => (number < 30n ? 0 : 1),
      ),
    )
    expect(during.error).toMatchObject({ code: 'CHAIN_UNLINKED' })
    expect(during.numbers.at(-1)).toBe(29n)

    let hasFailed = false
    const between = await read(
      chain(
        (number) => {
          if (number !== 30n || hasFailed) return null
          hasFailed = true
          return later
        },
        () => (hasFailed ? 1 : 0),
      ),
    )
    expect(between.error).toMatchObject({ code: 'CHAIN_UNLINKED' })
    expect(between.numbers).toEqual(ALL.slice(0, between.numbers.length))
  })

  it('ends when it is told to', async () => {
    const stopping = new AbortController()
    const reason = new Error('enough')
    const source = chain((number) => {
      if (number === 40n) stopping.abort(reason)
      return null
    })
    const { numbers, error, pauses } = await read(source, stopping.signal)
    expect(error).toBe(reason)
    expect(numbers.at(-1)).toBeLessThanOrEqual(40n)
    expect(pauses).toEqual([])
  })
})
