/** Arbitrary messages and records for property tests. */
import type { Hex } from '@breakwater/kernel'
import fc from 'fast-check'
import type { LogRecord, Message, VoteKind } from '../src/index.ts'

const hexOf = (bytes: number): fc.Arbitrary<Hex> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((value): Hex => `0x${Buffer.from(value).toString('hex')}`)
const view = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const kind = fc.constantFrom<VoteKind>(0, 1, 2)
const digest = hexOf(32)
const payload = fc.uint8Array({ maxLength: 40 })
export const block = fc.record({ epoch: view, view, parentView: view, parent: digest, payload })
const certificate = fc.record({
  kind,
  view,
  digest,
  bitmap: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  signatures: fc.uint8Array({ maxLength: 260 }),
})
const is = <K extends string>(name: K) => fc.constant(name)
/** Well-formed messages of any content. */
export const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: is('propose'), block, justification: fc.array(certificate, { maxLength: 3 }) }),
  fc.record({ kind: is('vote'), vote: fc.record({ kind, view, digest, signature: hexOf(64) }) }),
  fc.record({ kind: is('certificate'), certificate }),
  fc.record({ kind: is('askCertificates'), fromView: view }),
  fc.record({ kind: is('askBlocks'), digest, aboveView: view }),
  fc.record({ kind: is('blocks'), blocks: fc.array(block, { maxLength: 3 }) }),
  fc.record({ kind: is('offer'), view, payload }),
  fc.record({ kind: is('attest'), digest, signature: hexOf(64), reply: fc.boolean() }),
  fc.record({ kind: is('askPosition'), nonce: digest }),
  fc.record({ kind: is('position'), nonce: digest, certificate: fc.option(certificate) }),
)
export const records: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.record({ kind: is('notarize'), block }),
  fc.record({ kind: is('nullify'), view }),
  fc.record({ kind: is('finalize'), view, digest }),
  fc.record({ kind: is('certificate'), certificate }),
  fc.record({ kind: is('block'), block }),
  fc.record({ kind: is('finalized'), block }),
  fc.record({ kind: is('silent'), below: view }),
)
