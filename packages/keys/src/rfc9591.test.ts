import { bytesToHex, type Hex, hexToBytes, type Rng } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { frost, readGroupSignature } from './frost.ts'
import type { Group } from './frostGroup.ts'
import { evaluatePolynomial, Point, pointToHex, readScalar, scalarToHex } from './group.ts'
import { createSigningEngine } from './signingEngine.ts'
import { createSigningSession } from './signingSession.ts'

/** RFC 9591, appendix E.5: FROST(secp256k1, SHA-256), two of three, participants 1 and 3 sign "test". */
const MESSAGE: Hex = '0x74657374'
const SECRET: Hex = '0x0d004150d27c3bf2a42f312683d35fac7394b1e9e318249c1bfe7f0795a83114'
const COEFFICIENT: Hex = '0xfbf85eadae3058ea14f19148bb72b45e4399c0b16028acaf0395c9b03c823579'
const KEY: Hex = '0x02f37c34b66ced1fb51c34a90bdae006901f10625cc06c4f64663b0eae87d87b4f'
const SHARES: Hex[] = [
  '0x08f89ffe80ac94dcb920c26f3f46140bfc7f95b493f8310f5fc1ea2b01f4254c',
  '0x04f0feac2edcedc6ce1253b7fab8c86b856a797f44d83d82a385554e6e401984',
  '0x00e95d59dd0d46b0e303e500b62b7ccb0e555d49f5b849f5e748c071da8c0dbc',
]
const SIGNERS: { guardian: number; random: Hex[]; hiding: Hex; binding: Hex; share: Hex }[] = [
  {
    guardian: 0,
    random: [
      '0x7ea5ed09af19f6ff21040c07ec2d2adbd35b759da5a401d4c99dd26b82391cb2',
      '0x47acab018f116020c10cb9b9abdc7ac10aae1b48ca6e36dc15acb6ec9be5cdc5',
    ],
    hiding: '0x03c699af97d26bb4d3f05232ec5e1938c12f1e6ae97643c8f8f11c9820303f1904',
    binding: '0x02fa2aaccd51b948c9dc1a325d77226e98a5a3fe65fe9ba213761a60123040a45e',
    share: '0xc4fce1775a1e141fb579944166eab0d65eefe7b98d480a569bbbfcb14f91c197',
  },
  {
    guardian: 2,
    random: [
      '0xe6cc56ccbd0502b3f6f831d91e2ebd01c4de0479e0191b66895a4ffd9b68d544',
      '0x7203d55eb82a5ca0d7d83674541ab55f6e76f1b85391d2c13706a89a064fd5b9',
    ],
    hiding: '0x03077507ba327fc074d2793955ef3410ee3f03b82b4cdc2370f71d865beb926ef6',
    binding: '0x02ad53031ddfbbacfc5fbda3d3b0c2445c8e3e99cbc4ca2db2aa283fa68525b135',
    share: '0x0160fd0d388932f4826d2ebcd6b9eaba734f7c71cf25b4279a4ca2581e47b18d',
  },
]
const SIGNATURE: Hex =
  '0x0205b6d04d3774c8929413e3c76024d54149c372d57aae62574ed74319b5ea14d0c65dde8492a7471437e6c2fe3da49b90d23f642b5c6dbe7e36089f096dd97324'

const group: Group = {
  threshold: 2,
  members: [0, 1, 2],
  key: KEY,
  verificationShares: SHARES.map((share) => pointToHex(Point.BASE.multiply(readScalar(share) ?? 0n))),
}
const task = {
  digest: MESSAGE,
  signers: SIGNERS.map(({ guardian, hiding, binding }) => ({ guardian, hiding, binding })),
}

/** Gives the vector's randomness, then its last again. */
const scripted = (random: readonly Hex[]): Rng => {
  let drawn = 0
  return { next: () => 0, bytes: () => hexToBytes(random[Math.min(drawn++, random.length - 1)] ?? '0x') }
}

describe('RFC 9591, appendix E.5', () => {
  it('deals the shares', () => {
    const coefficients = [SECRET, COEFFICIENT].map((scalar) => readScalar(scalar) ?? 0n)
    expect([1, 2, 3].map((x) => scalarToHex(evaluatePolynomial(coefficients, x)))).toEqual(SHARES)
    expect(pointToHex(Point.BASE.multiply(coefficients[0] ?? 0n))).toBe(KEY)
  })

  it.each(SIGNERS)('makes the nonces and the share of guardian $guardian', (signer) => {
    const secret = hexToBytes(SHARES[signer.guardian] ?? '0x')
    const engine = createSigningEngine({ group, self: signer.guardian, secret }, scripted(signer.random))
    const { hiding, binding } = signer
    expect(engine.run({ kind: 'prepare', coordinator: 1, count: 1 })).toMatchObject({
      commitments: [{ hiding, binding }],
    })
    const result = engine.run({ kind: 'sign', coordinator: 1, session: 0, task })
    expect(result).toMatchObject({ kind: 'signed', signed: { share: signer.share } })
  })

  it('accepts the shares, and no others', () => {
    const session = createSigningSession(group, task)
    const [first, third] = SIGNERS
    expect(session.verifyShare(0, first?.share ?? '0x')).toBe(true)
    expect(session.verifyShare(2, third?.share ?? '0x')).toBe(true)
    expect(session.verifyShare(2, first?.share ?? '0x')).toBe(false)
    expect(session.verifyShare(1, first?.share ?? '0x')).toBe(false)
  })

  it('adds them to the signature', () => {
    const shares = new Map(SIGNERS.map(({ guardian, share }) => [guardian, share]))
    expect(createSigningSession(group, task).aggregate(shares)).toEqual(
      readGroupSignature(hexToBytes(SIGNATURE)),
    )
    expect(frost.verify(hexToBytes(SIGNATURE), hexToBytes(MESSAGE), hexToBytes(KEY))).toBe(true)
    expect(bytesToHex(hexToBytes(SIGNATURE))).toHaveLength(2 + 2 * 65)
  })
})
