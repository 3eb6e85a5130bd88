import type { Hex } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { type Block, blockDigest, GENESIS } from './block.ts'
import { createChain, type Entry, TAIL_BLOCKS } from './chain.ts'

function blocksAfter(parent: Hex, parentView: bigint, views: readonly bigint[], payload = 0): Entry[] {
  let [at, atView] = [parent, parentView]
  return views.map((view) => {
    const block: Block = { epoch: 1n, view, parentView: atView, parent: at, payload: new Uint8Array(payload) }
    at = blockDigest(block)
    atView = view
    return { digest: at, block }
  })
}
const last = (entries: readonly Entry[]): Hex => entries.at(-1)?.digest ?? GENESIS
const chainOf = (...branches: readonly (readonly Entry[])[]) => {
  const chain = createChain()
  for (const { digest, block } of branches.flat()) chain.add(digest, block)
  return chain
}

describe('the way to a block', () => {
  const branch = blocksAfter(GENESIS, 0n, [1n, 2n, 5n])

  it('starts after the last finalized one, oldest first', () => {
    const chain = chainOf(branch)
    expect(chain.path(last(branch))).toEqual({ kind: 'complete', entries: branch })
    chain.finalize(branch.slice(0, 2))
    expect(chain.final()).toEqual({ view: 2n, digest: branch[1]?.digest })
    expect(chain.path(last(branch))).toEqual({ kind: 'complete', entries: branch.slice(2) })
    expect(chain.path(chain.final().digest)).toEqual({ kind: 'complete', entries: [] })
  })

  it('names the first block that is missing, until it is there and after it was finalized', () => {
    const chain = chainOf(branch.slice(1))
    const missing = { kind: 'missing', digest: branch[0]?.digest }
    expect(chain.path(last(branch))).toEqual(missing)
    expect(chain.path(last(branch))).toEqual(missing)
    for (const { digest, block } of branch.slice(0, 1)) chain.add(digest, block)
    expect(chain.path(last(branch)).kind).toBe('complete')
    chain.finalize(branch)
    expect(chain.path(last(branch))).toEqual({ kind: 'complete', entries: [] })
  })

  it('that goes around a finalized block is a fork', () => {
    const other = blocksAfter(branch[0]?.digest ?? GENESIS, 1n, [3n, 6n])
    const chain = chainOf(branch, other)
    chain.finalize(branch)
    for (const { digest, block } of other) chain.add(digest, block)
    expect(chain.path(last(other)).kind).toBe('fork')
    const fromGenesis = blocksAfter(GENESIS, 0n, [7n])
    for (const { digest, block } of fromGenesis) chain.add(digest, block)
    expect(chain.path(last(fromGenesis)).kind).toBe('fork')
  })
})

describe('finalized blocks', () => {
  it('contradict finalizations of other blocks, as far back as they are known without gaps', () => {
    const branch = blocksAfter(GENESIS, 0n, [1n, 2n, 4n, 9n])
    const chain = chainOf(branch)
    const other = `0x${'77'.repeat(32)}` as const
    chain.finalize(branch.slice(0, 2))
    expect(chain.contradicts(2n, branch[1]?.digest ?? other)).toBe(false)
    expect(chain.contradicts(2n, other)).toBe(true)
    expect(chain.contradicts(3n, other)).toBe(false)
    // A shortened log: view 4 was left out.
    chain.finalize(branch.slice(3))
    expect(chain.contradicts(9n, other)).toBe(true)
    expect(chain.contradicts(4n, branch[2]?.digest ?? other)).toBe(false)
  })

  it('stay at hand for others, newest first when there are too many', () => {
    const views = Array.from({ length: TAIL_BLOCKS + 10 }, (_, index) => BigInt(index + 1))
    const branch = blocksAfter(GENESIS, 0n, views)
    const chain = chainOf(branch)
    chain.finalize(branch)
    expect(chain.get(branch[9]?.digest ?? GENESIS)).toBeUndefined()
    expect(chain.get(branch[10]?.digest ?? GENESIS)).toBe(branch[10]?.block)
    expect(chain.contradicts(5n, `0x${'77'.repeat(32)}`)).toBe(false)
  })

  it('are bounded in bytes too', () => {
    const branch = blocksAfter(
      GENESIS,
      0n,
      Array.from({ length: 300 }, (_, index) => BigInt(index + 1)),
      65_536,
    )
    const chain = chainOf(branch)
    chain.finalize(branch)
    expect(branch.filter(({ digest }) => chain.get(digest) !== undefined)).toHaveLength(256)
  })

  it('drop what went another way', () => {
    const branch = blocksAfter(GENESIS, 0n, [1n, 3n])
    const other = blocksAfter(GENESIS, 0n, [2n, 4n])
    const chain = chainOf(branch, other)
    chain.finalize(branch)
    expect(chain.get(other[0]?.digest ?? GENESIS)).toBeUndefined()
    expect(chain.get(other[1]?.digest ?? GENESIS)).toBe(other[1]?.block)
  })
})
