/**
 * What a guardian keeps to itself in one attempt: its polynomial and its encryption key.
 *
 * Both are derived from a long-lived seed and the attempt (HKDF-SHA256), so that a guardian that restarts in the middle
 * and reads the log again is the same member as before: nothing needs to be stored, and it never deals twice. They are
 * numbers of the runtime, which cannot be erased: they live until the collector takes them.
 * @module
 */
import { hkdfSync } from 'node:crypto'
import { BaseError, type Hex, hexToBytes } from '@breakwater/kernel'
import { identifierOf } from '../frostGroup.ts'
import { type CurvePoint, evaluatePolynomial, hashToScalar, Point, pointToHex } from '../group.ts'
import { sealShare } from './cipher.ts'
import type { Complaint, Deal, Shares } from './message.ts'
import { proveEquality, proveKnowledge } from './proof.ts'
import { memberContext } from './session.ts'

export const SEED_BYTES = 32

export interface AttemptSecret {
  /** Own contribution to the share of `member`. */
  share(member: number): bigint
  /** The point that the own key and another member's have in common; computed once. */
  sharedPoint(key: CurvePoint): CurvePoint
  deal(attempt: number): Deal
  seal(attempt: number, transcript: Hex, receivers: readonly { member: number; key: CurvePoint }[]): Shares
  complain(dealer: number, key: CurvePoint): Complaint
}

/** @throws KEYS_DKG_SEED when the seed is not 32 bytes. The error never shows it. */
export function createAttemptSecret(options: {
  seed: Uint8Array
  context: Hex
  self: number
  threshold: number
}): AttemptSecret {
  const { seed, context, self, threshold } = options
  if (seed.length !== SEED_BYTES) {
    throw new BaseError('KEYS_DKG_SEED', `the seed of the key generation has ${seed.length} bytes`, {
      hint: `it has ${SEED_BYTES}; make it with deriveSeed`,
    })
  }
  const own = memberContext(context, self)
  const derive = (label: string): bigint => {
    const bytes = new Uint8Array(hkdfSync('sha256', seed, hexToBytes(own), `breakwater/dkg/${label}/v1`, 64))
    const scalar = hashToScalar('breakwater/dkg/secret/v1', bytes)
    bytes.fill(0)
    return scalar
  }
  const coefficients = Array.from({ length: threshold }, (_, k) => derive(`coefficient/${k}`))
  const encryption = derive('encryption')
  const encryptionKey = Point.BASE.multiply(encryption)
  const share = (member: number): bigint => evaluatePolynomial(coefficients, identifierOf(member))
  const sharedPoints = new Map<CurvePoint, CurvePoint>()
  const sharedPoint = (key: CurvePoint): CurvePoint => {
    const shared = sharedPoints.get(key) ?? key.multiply(encryption)
    sharedPoints.set(key, shared)
    return shared
  }

  return {
    share,
    sharedPoint,
    deal: (attempt) => ({
      kind: 'deal',
      attempt,
      encryptionKey: pointToHex(encryptionKey),
      commitments: coefficients.map((coefficient) => pointToHex(Point.BASE.multiply(coefficient))),
      proof: proveKnowledge(
        own,
        [coefficients[0] ?? 0n, encryption],
        [derive('nonce/polynomial'), derive('nonce/encryption')],
      ),
    }),
    seal: (attempt, transcript, receivers) => ({
      kind: 'shares',
      attempt,
      sealed: receivers.map(({ member, key }) =>
        sealShare({ transcript, dealer: self, receiver: member }, sharedPoint(key), share(member)),
      ),
    }),
    complain(dealer, key) {
      const shared = sharedPoint(key)
      const statement = { own: encryptionKey, other: key, shared }
      const nonce = derive(`nonce/complaint/${pointToHex(key)}`)
      return {
        dealer,
        sharedPoint: pointToHex(shared),
        proof: proveEquality(own, statement, encryption, nonce),
      }
    },
  }
}
