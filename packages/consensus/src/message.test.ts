import { BaseError } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messages, records } from '../test/messages.ts'
import { MAX_PAYLOAD_BYTES } from './block.ts'
import { MAX_GUARDIANS } from './certificate.ts'
import { decodeMessage, encodeMessage, MAX_BLOCKS, MAX_CERTIFICATES, MAX_MESSAGE_BYTES } from './message.ts'
import { decodeRecord, encodeRecord } from './record.ts'

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
      signatures: new Uint8Array(64 * MAX_GUARDIANS),
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
