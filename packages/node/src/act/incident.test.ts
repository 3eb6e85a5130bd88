import { concatHex, type Hex, keccakText, type Log, type TxFacts, toWord } from '@breakwater/kernel'
import { EXECUTED } from '@breakwater/respond'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { factsOf, hashOf } from '../../test/blocks.ts'
import { decodeEntry, type Entry, encodeEntry, executionsIn, foreignEntry, statusOf } from './incident.ts'

const BREAKER: Hex = `0x${'b0'.repeat(20)}`
const VAULT: Hex = `0x${'a0'.repeat(20)}`
const execution = { id: hashOf(9), target: VAULT, level: 3, untilSeconds: 5000n, txHash: hashOf(8) } as const
const entryOf = (more: Partial<Entry> = {}, signers = 0): Entry => {
  const entry = foreignEntry(execution, factsOf(1).block, 7)
  return {
    ...entry,
    ...{ executedIn: null, deadlineSeconds: 2000n, incident: { ...entry.incident, signers } },
    ...more,
  }
}

describe('the status of an incident', () => {
  it.each<[string, Entry, bigint]>([
    ['agreed', entryOf(), 2000n],
    ['certified', entryOf({}, 3), 2000n],
    ['void', entryOf({}, 3), 2001n],
    ['void', entryOf({ isOrphaned: true }, 3), 0n],
    ['void', entryOf({ deadlineSeconds: null }), 0n],
    ['executed', entryOf({ executedIn: hashOf(2) }, 3), 9999n],
    ['executed', entryOf({ executedIn: hashOf(2), isOrphaned: true }), 0n],
  ])('is %s', (status, entry, nowSeconds) => expect(statusOf(entry, nowSeconds)).toBe(status))
})

describe('executions', () => {
  const log: Log = {
    address: BREAKER,
    topics: [EXECUTED, execution.id, `0x${VAULT.slice(2).padStart(64, '0')}`],
    data: concatHex([toWord(3n), toWord(5000n), toWord(1n)]),
  }
  const inBlock = (...logs: Log[]) => {
    const tx: TxFacts = { hash: execution.txHash, index: 0, status: 'ok', logs }
    return executionsIn(factsOf(1, 'a', 'a', [tx]), BREAKER)
  }

  it('are read from the logs of the breaker', () => {
    expect(inBlock(log, { ...log, topics: [EXECUTED, hashOf(10), hashOf(3)] })).toEqual([
      execution,
      { ...execution, id: hashOf(10), target: `0x${hashOf(3).slice(26)}` },
    ])
  })

  it('are nothing else: other contracts, other events, torn data', () => {
    expect(
      inBlock(
        { ...log, address: VAULT },
        { ...log, topics: [keccakText('Lifted(address)'), ...log.topics.slice(1)] },
        { ...log, topics: log.topics.slice(0, 2) },
        { ...log, data: '0x' },
        { ...log, data: log.data.slice(0, -2) as Hex },
      ),
    ).toEqual([])
  })
})

describe('a stored incident', () => {
  it('comes back as it was, but for what the log brings again', () => {
    const number = fc.bigInt(0n, 2n ** 64n - 1n)
    const entry = fc.record({
      executedIn: fc.constantFrom(null, hashOf(2)),
      isOrphaned: fc.boolean(),
      deadlineSeconds: fc.oneof(fc.constant(null), number),
      order: fc.constant(null),
      certificate: fc.constant(null),
      incident: fc.record({
        ...{ id: fc.constant(hashOf(3)), rule: fc.string(), target: fc.string(), txHash: fc.constant(null) },
        level: fc.constantFrom(0 as const, 3 as const),
        status: fc.constantFrom('agreed' as const, 'void' as const),
        ...{ anchorNumber: number, anchorHash: fc.constant(hashOf(4)), untilSeconds: number },
        ...{ findings: fc.array(fc.string(), { maxLength: 3 }), signers: fc.nat(), openedAtMs: fc.nat() },
      }),
    })
    fc.assert(
      fc.property(entry, (value) => {
        expect(decodeEntry(encodeEntry(value))).toEqual(value)
      }),
    )
  })

  it('that is damaged is an error that says what to do', () => {
    for (const text of ['', '{}', 'null', encodeEntry(entryOf()).slice(0, -3)]) {
      expect(() => decodeEntry(text)).toThrow(expect.objectContaining({ code: 'NODE_STORE_DAMAGED' }))
    }
  })
})
