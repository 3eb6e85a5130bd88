import { type BlockRef, type Hex, ZERO_HASH } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BlockTree, createTree } from './tree.ts'

const hashOf = (name: string): Hex => `0x${Buffer.from(name).toString('hex').padStart(64, '0')}`
const block = (name: string, number: number, parent: string): BlockRef => ({
  number: BigInt(number),
  hash: hashOf(name),
  parentHash: hashOf(parent),
  timestampSeconds: BigInt(number),
})
const root: BlockRef = { ...block('0', 0, ''), parentHash: ZERO_HASH }
const names = (blocks: readonly BlockRef[]) =>
  blocks.map(({ hash }) => Buffer.from(hash.slice(2), 'hex').toString().replaceAll('\0', ''))
const code = (name: string) => expect.objectContaining({ code: name })

/** 0 ─ 1 ─ 2 ─ 3 and 1 ─ 2b ─ 3b ─ 4b */
function forked(): BlockTree {
  const tree = createTree(root)
  for (const added of [
    block('1', 1, '0'),
    block('2', 2, '1'),
    block('3', 3, '2'),
    block('2b', 2, '1'),
    block('3b', 3, '2b'),
    block('4b', 4, '3b'),
  ]) {
    tree.insert(added)
  }
  tree.moveTo(hashOf('3'))
  return tree
}

test('a reorganisation tells what left and what joined', () => {
  const tree = forked()
  const { removed, added } = tree.moveTo(hashOf('4b'))
  expect([names(removed), names(added)]).toEqual([
    ['3', '2'],
    ['2b', '3b', '4b'],
  ])
  expect(names([tree.head])).toEqual(['4b'])
  expect(names([2n, 4n].flatMap((number) => tree.at(number) ?? []))).toEqual(['2b', '4b'])
  expect(tree.at(5n)).toBeUndefined()
  const back = tree.moveTo(hashOf('1'))
  expect([names(back.removed), names(back.added)]).toEqual([['4b', '3b', '2b'], []])
  expect(tree.moveTo(hashOf('1'))).toEqual({ removed: [], added: [] })
})

describe('insert', () => {
  test('refuses a block without parent, or of the wrong height', () => {
    const tree = forked()
    expect(() => tree.insert(block('9', 9, '8'))).toThrow(code('CHAIN_UNLINKED'))
    expect(() => tree.insert(block('5', 5, '3'))).toThrow(code('CHAIN_UNLINKED'))
    expect(() => tree.moveTo(hashOf('9'))).toThrow(code('CHAIN_UNLINKED'))
  })

  test('of a block that is there changes nothing', () => {
    const tree = forked()
    tree.insert(block('2', 2, '1'))
    expect(tree.size).toBe(7)
    expect(names([tree.head])).toEqual(['3'])
  })
})

describe('finalize', () => {
  test('forgets what is below and beside', () => {
    const tree = forked()
    tree.finalize(block('2', 2, '1'))
    expect(names([tree.root, tree.head])).toEqual(['2', '3'])
    expect(tree.size).toBe(2)
    expect(tree.at(1n)).toBeUndefined()
    expect(tree.get(hashOf('4b'))).toBeUndefined()
    expect(() => tree.insert(block('3c', 3, '2b'))).toThrow(code('CHAIN_UNLINKED'))
  })

  test('keeps the branches that descend from the final block', () => {
    const tree = forked()
    tree.finalize(block('1', 1, '0'))
    expect(tree.size).toBe(6)
    expect(names(tree.moveTo(hashOf('4b')).removed)).toEqual(['3', '2'])
  })

  test('of a block that is not canonical contradicts', () => {
    const tree = forked()
    expect(() => tree.finalize(block('2b', 2, '1'))).toThrow(code('CHAIN_FINALITY_CONFLICT'))
    expect(() => tree.finalize(block('5', 5, '4'))).toThrow(code('CHAIN_FINALITY_CONFLICT'))
    expect(tree.size).toBe(7)
  })

  test('never goes back', () => {
    const tree = forked()
    tree.finalize(block('2', 2, '1'))
    tree.finalize(block('1', 1, '0'))
    expect(names([tree.root])).toEqual(['2'])
  })
})

test('agrees with a list of parents, whatever is inserted, followed and finalized', () => {
  const step = fc.record({ parent: fc.nat(), move: fc.boolean(), finalize: fc.nat(30) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tree = createTree(root)
      let known: BlockRef[] = [root]
      const pathOf = (tip: BlockRef): BlockRef[] => {
        const parent = known.find(({ hash }) => hash === tip.parentHash)
        return parent === undefined ? [tip] : [...pathOf(parent), tip]
      }
      for (const [i, { parent, move, finalize }] of steps.entries()) {
        const under = known[parent % known.length] as BlockRef
        const added = { ...block(`n${i}`, 0, ''), number: under.number + 1n, parentHash: under.hash }
        tree.insert(added)
        known.push(added)
        if (move) {
          const before = pathOf(tree.head)
          const change = tree.moveTo(added.hash)
          const after = pathOf(added)
          expect(change.removed).toEqual(before.filter((item) => !after.includes(item)).reverse())
          expect(change.added).toEqual(after.filter((item) => !before.includes(item)))
        }
        const branch = pathOf(tree.head)
        const final = branch[finalize]
        if (final !== undefined) {
          tree.finalize(final)
          known = known.filter((item) => pathOf(item).includes(final))
        }
        expect(tree.size).toBe(known.length)
        for (const item of pathOf(tree.head)) expect(tree.at(item.number)).toEqual(item)
      }
    }),
  )
})
