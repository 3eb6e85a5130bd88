import { type Block, blockDigest, FINALIZE, GENESIS, NOTARIZE, NULLIFY } from '@breakwater/consensus'
import type { Hex } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { createCheckers } from './checkers.ts'

const block = (view: bigint, parent: Hex, text = ''): Block => ({
  epoch: 1n,
  view,
  parentView: view - 1n,
  parent,
  payload: new TextEncoder().encode(text),
})
const first = block(1n, GENESIS)
const second = block(2n, blockDigest(first), 'a')
const create = () => createCheckers({ honest: [0, 1], accepted: 2 })
const kinds = (violations: readonly string[]) => violations.map((text) => text.split(':')[0])

describe('checkers', () => {
  it('find nothing where nothing is wrong, restarts and shortened logs included', () => {
    const checkers = create()
    for (const guardian of [0, 1]) checkers.judged(guardian, blockDigest(second), 'accept')
    for (const guardian of [0, 1]) {
      checkers.voted(guardian, { kind: NOTARIZE, view: 1n, digest: blockDigest(first) })
      checkers.voted(guardian, { kind: NULLIFY, view: 1n, digest: GENESIS })
      checkers.voted(guardian, { kind: NOTARIZE, view: 1n, digest: blockDigest(first) })
      checkers.finalized(guardian, blockDigest(first), first, false)
      checkers.finalized(guardian, blockDigest(second), second, false)
    }
    checkers.restarted(0)
    checkers.finalized(0, blockDigest(second), second, true)
    expect(checkers.violations).toEqual([])
    expect(checkers.blocks()).toBe(2)
  })

  it('see two logs', () => {
    const checkers = create()
    const other = block(1n, GENESIS, 'b')
    for (const guardian of [0, 1]) checkers.judged(guardian, blockDigest(other), 'accept')
    checkers.finalized(0, blockDigest(first), first, false)
    checkers.finalized(1, blockDigest(other), other, false)
    checkers.forked(0)
    expect(kinds(checkers.violations)).toEqual(['agreement', 'agreement'])
  })

  it('see a gap, also after a restart', () => {
    const checkers = create()
    for (const guardian of [0, 1]) checkers.judged(guardian, blockDigest(second), 'accept')
    checkers.finalized(0, blockDigest(second), second, false)
    expect(kinds(checkers.violations)).toEqual(['gap'])
    const again = create()
    again.finalized(0, blockDigest(first), first, false)
    again.restarted(0)
    again.finalized(0, blockDigest(second), second, false)
    expect(kinds(again.violations)).toContain('gap')
  })

  it('see a payload that too few honest guardians accepted', () => {
    const checkers = create()
    checkers.judged(0, blockDigest(second), 'accept')
    checkers.judged(1, blockDigest(second), 'abstain')
    checkers.judged(7, blockDigest(second), 'accept')
    checkers.finalized(0, blockDigest(first), first, false)
    checkers.finalized(0, blockDigest(second), second, false)
    expect(kinds(checkers.violations)).toEqual(['validity'])
  })

  it.each([
    ['two NOTARIZE', NOTARIZE, 'a', NOTARIZE, 'b'],
    ['two FINALIZE', FINALIZE, 'a', FINALIZE, 'b'],
    ['NULLIFY, then FINALIZE', NULLIFY, '', FINALIZE, 'a'],
    ['FINALIZE, then NULLIFY', FINALIZE, 'a', NULLIFY, ''],
  ] as const)('see an honest guardian incriminate itself: %s', (_name, kind, text, otherKind, otherText) => {
    const checkers = create()
    checkers.voted(0, { kind, view: 1n, digest: blockDigest(block(1n, GENESIS, text)) })
    checkers.voted(0, { kind: otherKind, view: 1n, digest: blockDigest(block(1n, GENESIS, otherText)) })
    expect(kinds(checkers.violations)).toEqual(['incrimination'])
  })

  it('do not mind what faulty guardians do', () => {
    const checkers = create()
    checkers.voted(2, { kind: NULLIFY, view: 1n, digest: GENESIS })
    checkers.voted(2, { kind: FINALIZE, view: 1n, digest: blockDigest(first) })
    checkers.finalized(2, blockDigest(second), second, false)
    expect(checkers.violations).toEqual([])
  })
})
