import { type Hex, keccakText } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateCommitments, evaluatePolynomial, Point, readPoint, readScalar, Scalar } from '../group.ts'
import { openShare, sealShare } from './cipher.ts'
import { proveEquality, proveKnowledge, verifyEquality, verifyKnowledge } from './proof.ts'

const ORDER = Scalar.ORDER
const scalars = fc.bigInt({ min: 1n, max: ORDER - 1n })
const here = keccakText('here')
const few = { numRuns: 10 }
const flip = (proof: Hex, bit: number): Hex => {
  const bytes = Buffer.from(proof.slice(2), 'hex')
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return `0x${bytes.toString('hex')}`
}

describe('proof of knowledge', () => {
  it('holds for these points here, and for nothing else', () => {
    fc.assert(
      fc.property(scalars, scalars, scalars, scalars, fc.nat({ max: 767 }), (a, b, k, l, bit) => {
        const points = [a, b].map((secret) => Point.BASE.multiply(secret))
        const proof = proveKnowledge(here, [a, b], [k, l])
        expect(verifyKnowledge(here, points, proof)).toBe(true)
        expect(verifyKnowledge(keccakText('elsewhere'), points, proof)).toBe(false)
        expect(verifyKnowledge(here, points.slice(1), proof)).toBe(false)
        expect(
          verifyKnowledge(here, [Point.BASE.add(points[0] ?? Point.BASE), ...points.slice(1)], proof),
        ).toBe(false)
        expect(verifyKnowledge(here, points, flip(proof, bit))).toBe(false)
      }),
      few,
    )
  })
})

describe('proof of equality', () => {
  it('holds for the common point of two keys, and for no other point, key or place', () => {
    fc.assert(
      fc.property(scalars, scalars, scalars, fc.nat({ max: 511 }), (secret, peer, nonce, bit) => {
        const [own, other] = [Point.BASE.multiply(secret), Point.BASE.multiply(peer)]
        const shared = other.multiply(secret)
        const proof = proveEquality(here, { own, other, shared }, secret, nonce)
        expect(verifyEquality(here, { own, other, shared }, proof)).toBe(true)
        expect(verifyEquality(keccakText('elsewhere'), { own, other, shared }, proof)).toBe(false)
        expect(verifyEquality(here, { own, other, shared: shared.add(Point.BASE) }, proof)).toBe(false)
        expect(verifyEquality(here, { own: own.add(Point.BASE), other, shared }, proof)).toBe(false)
        expect(verifyEquality(here, { own, other, shared }, flip(proof, bit))).toBe(false)
        const lie = { own, other, shared: shared.add(Point.BASE) }
        expect(verifyEquality(here, lie, proveEquality(here, lie, secret, nonce))).toBe(false)
      }),
      few,
    )
  })
})

describe('a share’s encryption', () => {
  it('opens for its channel and key only, and only as it was sealed', () => {
    fc.assert(
      fc.property(scalars, scalars, fc.nat({ max: 383 }), (secret, share, bit) => {
        const channel = { transcript: here, dealer: 1, receiver: 2 }
        const shared = Point.BASE.multiply(secret)
        const sealed = sealShare(channel, shared, share)
        expect(openShare(channel, shared, sealed)).toBe(share)
        expect(openShare({ ...channel, dealer: 2, receiver: 1 }, shared, sealed)).toBeNull()
        expect(openShare({ ...channel, transcript: keccakText('elsewhere') }, shared, sealed)).toBeNull()
        expect(openShare(channel, shared.add(Point.BASE), sealed)).toBeNull()
        expect(openShare(channel, shared, flip(sealed, bit))).toBeNull()
      }),
      few,
    )
  })
})

describe('group', () => {
  it('evaluates a polynomial through its commitments as through its coefficients', () => {
    fc.assert(
      fc.property(
        fc.array(scalars, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 255 }),
        (coefficients, x) => {
          const commitments = coefficients.map((one) => Point.BASE.multiply(one))
          const value = evaluatePolynomial(coefficients, x)
          expect(evaluateCommitments(commitments, x).equals(Point.BASE.multiplyUnsafe(value))).toBe(true)
        },
      ),
      few,
    )
  })

  it.each([
    ['infinity', `0x${'00'.repeat(33)}`],
    ['an x beyond the field', `0x02${'ff'.repeat(32)}`],
    ['off the curve', `0x02${'00'.repeat(31)}05`],
    ['uncompressed', `0x${Buffer.from(Point.BASE.toBytes(false)).toString('hex')}`],
    ['nothing', '0x'],
  ] as [string, Hex][])('takes for a point nothing that is %s', (_what, hex) => {
    expect(readPoint(hex)).toBeNull()
  })

  it('takes for a scalar nothing at or beyond the order', () => {
    expect(readScalar(`0x${ORDER.toString(16)}`)).toBeNull()
    expect(readScalar(`0x${(ORDER - 1n).toString(16)}`)).toBe(ORDER - 1n)
    expect(readScalar('0x01')).toBeNull()
  })
})
