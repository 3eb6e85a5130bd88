import { BaseError, type Hex } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PAYLOAD_BYTES } from './block.ts'
import { MAX_GUARDIANS } from './certificate.ts'
import {
  decodeMessage,
  encodeMessage,
  MAX_BLOCKS,
  MAX_CERTIFICATES,
  MAX_MESSAGE_BYTES,
  type Message,
} from './message.ts'
import { decodeRecord, encodeRecord, type LogRecord } from './record.ts'
import type { VoteKind } from './vote.ts'

const hexOf = (bytes: number): fc.Arbitrary<Hex> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((value): Hex => `0x${Buffer.from(value).toString('hex')}`)
const view = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const kind = fc.constantFrom<VoteKind>(0, 1, 2)
const digest = hexOf(32)
const payload = fc.uint8Array({ maxLength: 40 })
const block = fc.record({ epoch: view, view, parentView: view, parent: digest, payload })
const certificate = fc.record({
  kind,
  view,
  digest,
  bitmap: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  signatures: fc.array(hexOf(64), { maxLength: 4 }),
})
const is = <K extends string>(name: K) => fc.constant(name)
const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: is('propose'), block, justification: fc.array(certificate, { maxLength: 3 }) }),
  fc.record({ kind: is('vote'), vote: fc.record({ kind, view, digest, signature: hexOf(64) }) }),
  fc.record({ kind: is('certificate'), certificate }),
  fc.record({ kind: is('askCertificates'), fromView: view }),
  fc.record({ kind: is('askBlocks'), digest, aboveView: view }),
  fc.record({ kind: is('blocks'), blocks: fc.array(block, { maxLength: 3 }) }),
  fc.record({ kind: is('offer'), payload }),
  fc.record({ kind: is('attest'), digest, signature: hexOf(64), reply: fc.boolean() }),
)
const records: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.record({ kind: is('notarize'), block }),
  fc.record({ kind: is('nullify'), view }),
  fc.record({ kind: is('finalize'), view, digest }),
  fc.record({ kind: is('certificate'), certificate }),
  fc.record({ kind: is('block'), block }),
  fc.record({ kind: is('finalized'), block }),
)

const codeOf = (attempt: () => unknown): string => {
  try {
    attempt()
  } catch (error) {
    if (error instanceof BaseError) return error.code
    throw error
  }
  return 'none'
}

describe('messages', () => {
  it('survive the way, and have one encoding each', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = encodeMessage(7n, message)
        expect(decodeMessage(7n, bytes)).toEqual(message)
        expect(encodeMessage(7n, decodeMessage(7n, bytes))).toEqual(bytes)
      }),
    )
  })

  it('that were damaged are other messages or errors with a name, never crashes', () => {
    fc.assert(
      fc.property(
        messages,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(),
        (message, at, byte, cut) => {
          const bytes = encodeMessage(7n, message)
          bytes[at % bytes.length] = byte
          const damaged = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes
          const code = codeOf(() => expect(encodeMessage(7n, decodeMessage(7n, damaged))).toEqual(damaged))
          expect(code).toMatch(/^(none|KERNEL_DECODE|CONSENSUS_(VOTE_KIND|MESSAGE_EPOCH))$/)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('of random bytes are errors with a name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(codeOf(() => decodeMessage(7n, bytes))).not.toBe('none')
      }),
      { numRuns: 500 },
    )
  })

  it('of another epoch or version are refused as such', () => {
    const bytes = encodeMessage(7n, { kind: 'askCertificates', fromView: 1n })
    expect(codeOf(() => decodeMessage(8n, bytes))).toBe('CONSENSUS_MESSAGE_EPOCH')
    expect(codeOf(() => decodeMessage(7n, Uint8Array.of(9, ...bytes.slice(1))))).toBe(
      'CONSENSUS_MESSAGE_EPOCH',
    )
  })

  it('that are too large are refused before they are read', () => {
    expect(codeOf(() => decodeMessage(7n, new Uint8Array(MAX_MESSAGE_BYTES + 1)))).toBe(
      'CONSENSUS_MESSAGE_SIZE',
    )
  })

  it('fit into the limit: the largest proposal of 255 guardians', () => {
    const full = {
      kind: 0 as const,
      view: 1n,
      digest: `0x${'aa'.repeat(32)}` as const,
      bitmap: 2n ** 255n - 1n,
      signatures: Array.from({ length: MAX_GUARDIANS }, () => `0x${'01'.repeat(64)}` as const),
    }
    const bytes = encodeMessage(7n, {
      kind: 'propose',
      block: {
        epoch: 7n,
        view: 1n,
        parentView: 0n,
        parent: full.digest,
        payload: new Uint8Array(MAX_PAYLOAD_BYTES),
      },
      justification: Array.from({ length: MAX_CERTIFICATES }, () => full),
    })
    expect(bytes.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
    expect(decodeMessage(7n, bytes).kind).toBe('propose')
  })

  it('with more blocks than one answer may have are refused', () => {
    const one = {
      epoch: 7n,
      view: 1n,
      parentView: 0n,
      parent: `0x${'aa'.repeat(32)}` as const,
      payload: new Uint8Array(0),
    }
    const bytes = encodeMessage(7n, { kind: 'blocks', blocks: Array.from({ length: MAX_BLOCKS }, () => one) })
    const count = bytes.indexOf(MAX_BLOCKS, 10)
    bytes[count] = MAX_BLOCKS + 1
    expect(codeOf(() => decodeMessage(7n, bytes))).toBe('KERNEL_DECODE')
  })
})

describe('records', () => {
  it('survive the log', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeRecord(encodeRecord(record))).toEqual(record)
      }),
    )
  })

  it('that cannot be read are errors with a name', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 100 }),
          records.map((record) => encodeRecord(record).slice(0, -1)),
        ),
        (bytes) => {
          expect(codeOf(() => decodeRecord(bytes))).toMatch(/^(none|CONSENSUS_RECORD)$/)
        },
      ),
      { numRuns: 500 },
    )
    expect(codeOf(() => decodeRecord(Uint8Array.of(99)))).toBe('CONSENSUS_RECORD')
  })
})
