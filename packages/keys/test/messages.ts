import { bytesToHex } from '@breakwater/kernel'
import fc from 'fast-check'
import { type DkgMessage, NONCE_BATCH, type RoastMessage } from '../src/index.ts'

const hex = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(bytesToHex)
const byte = fc.nat({ max: 255 })
const point = hex(33)
const word = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const commitment = fc.record({ hiding: point, binding: point })

export const dkgMessages: fc.Arbitrary<DkgMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('deal' as const),
    attempt: byte,
    encryptionKey: point,
    commitments: fc.array(point, { maxLength: 5 }),
    proof: hex(96),
  }),
  fc.record({
    kind: fc.constant('shares' as const),
    attempt: byte,
    sealed: fc.array(hex(48), { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant('verdict' as const),
    attempt: byte,
    complaints: fc.array(fc.record({ dealer: byte, sharedPoint: point, proof: hex(64) }), { maxLength: 3 }),
  }),
)

export const roastMessages: fc.Arbitrary<RoastMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('nonces' as const),
    commitments: fc.array(commitment, { maxLength: NONCE_BATCH }),
    fresh: fc.boolean(),
    ask: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('request' as const),
    digest: hex(32),
    session: fc.nat({ max: 3 }),
    signers: fc.array(fc.record({ guardian: byte, hiding: point, binding: point }), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('share' as const),
    digest: hex(32),
    session: fc.nat({ max: 3 }),
    share: hex(32),
    next: commitment,
  }),
  fc.record({ kind: fc.constant('signature' as const), digest: hex(32), rx: word, ry: word, z: word }),
)
