import { BaseError, type BlockRef, type Hex } from '@breakwater/kernel'
import { beforeEach, expect, test } from 'vitest'
import type { Standing } from './consult.ts'
import type { Endpoint } from './endpoint.ts'
import type { Header } from './header.ts'
import { createPanel, type Panel } from './panel.ts'
import { type BlockTree, createTree } from './tree.ts'

const hashOf = (name: string): Hex => `0x${Buffer.from(name).toString('hex').padStart(64, '0')}`
const block = (name: string, number: bigint, parent: string): BlockRef => ({
  number,
  hash: hashOf(name),
  parentHash: hashOf(parent),
  timestampSeconds: number,
})
const head = (ref: BlockRef): Header => ({ ref, receiptsRoot: '0x', logsBloom: null, txHashes: null })
const endpoint = (label: string) => ({ label }) as Endpoint
const failure = new BaseError('CHAIN_RPC_HTTP', 'status 500')

let panel: Panel
let tree: BlockTree

beforeEach(() => {
  panel = createPanel([endpoint('a'), endpoint('b')], 1_000)
  tree = createTree(block('0', 0n, ''))
  for (const added of [block('1', 1n, '0'), block('2', 2n, '1')]) {
    tree.insert(added)
    tree.moveTo(added.hash)
  }
})

const stateOf = (label: string) => panel.members.get(label)?.standing.state
const conclude = (a: Standing['state'], b: Standing['state']) => {
  const standings = new Map([
    ['a', { state: a, reason: null }],
    ['b', { state: b, reason: null }],
  ])
  panel.concluded({ outcome: { value: null, voices: 1 }, standings })
}

test('who let a block wait is left out until its head has caught up', () => {
  conclude('clear', 'behind')
  expect(panel.voting()).toEqual(['a'])
  panel.heard('b', head(block('1', 1n, '0')), tree)
  expect(panel.voting()).toEqual(['a'])
  panel.heard('b', head(tree.head), tree)
  expect(panel.voting()).toEqual(['a', 'b'])
  expect(stateOf('b')).toBe('clear')
})

test('who contradicts is not left out', () => {
  conclude('clear', 'conflict')
  expect(panel.voting()).toEqual(['a', 'b'])
})

test('when all are left out, all are asked', () => {
  conclude('down', 'behind')
  expect(panel.voting()).toEqual(['a', 'b'])
})

test('a head on another branch brings its provider back: it must be decided', () => {
  conclude('clear', 'behind')
  const elsewhere = block('1b', 1n, '0')
  panel.heard('b', head(elsewhere), tree)
  expect(panel.voting()).toEqual(['a', 'b'])
  expect(panel.stray(tree)).toEqual(elsewhere)
  panel.forgetStrays(tree)
  expect(panel.stray(tree)).toBeNull()
})

test('heads above and below what is known are no strays', () => {
  panel.heard('a', head(block('9', 9n, '8')), tree)
  panel.heard('b', head(block('1', 1n, '0')), tree)
  expect(panel.stray(tree)).toBeNull()
  expect(panel.top()?.ref.number).toBe(9n)
})

test('failing to tell the head counts after the grace time only', () => {
  panel.failed('b', failure, 5_000)
  expect(stateOf('b')).toBe('starting')
  panel.failed('b', failure, 5_999)
  expect(panel.voting()).toEqual(['a', 'b'])
  panel.failed('b', failure, 6_000)
  expect([stateOf('b'), panel.voting()]).toEqual(['down', ['a']])
  panel.heard('b', head(block('1', 1n, '0')), tree)
  expect(stateOf('b')).toBe('behind')
  panel.failed('b', failure, 7_000)
  expect(stateOf('b')).toBe('behind')
})

test('the head of who is left out does not count', () => {
  panel.heard('a', head(tree.head), tree)
  conclude('clear', 'down')
  panel.heard('b', head(block('1', 1n, '0')), tree)
  expect(panel.top()?.ref.number).toBe(2n)
})

test('a provider on another chain contradicts at once', () => {
  conclude('clear', 'down')
  panel.failed('b', new BaseError('CHAIN_WRONG_ID', 'b is on chain 1'), 5_000)
  expect([stateOf('b'), panel.voting()]).toEqual(['conflict', ['a', 'b']])
})
