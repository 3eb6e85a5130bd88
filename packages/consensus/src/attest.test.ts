import { bytesToHex, type Hex, hexToBytes } from '@breakwater/kernel'
import { recoverAddress } from '@breakwater/keys'
import { describe, expect, it } from 'vitest'
import { signers } from '../test/table.ts'
import { createAttestations } from './attest.ts'

const guardians = signers.slice(0, 4).map(({ address }) => address)
const digestOf = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
const digest = digestOf(7)
const sign = (index: number, what = digest) => signers[index]?.sign(what) ?? '0x'
const create = () => createAttestations({ guardians, recover: recoverAddress })

/** The other signature over the same digest by the same key, which the chain does not admit. */
function withHighS(signature: Hex): Hex {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const rs = hexToBytes(signature)
  const word = BigInt(bytesToHex(rs.subarray(32)))
  const parity = word >> 255n
  const s = order - (word & (2n ** 255n - 1n))
  const flipped = (s & (2n ** 255n - 1n)) | ((parity ^ 1n) << 255n)
  return `${signature.slice(0, 66)}${flipped.toString(16).padStart(64, '0')}` as Hex
}

describe('attestations', () => {
  it('make a certificate as soon as n - f guardians have signed, in the order of the bits', () => {
    const attestations = create()
    expect(attestations.add(digest, 3, sign(3))).toEqual({ kind: 'counted' })
    expect(attestations.add(digest, 0, sign(0))).toEqual({ kind: 'counted' })
    expect(attestations.certificate(digest)).toBeNull()
    const certificate = { digest, bitmap: 0b1011n, signatures: [sign(0), sign(1), sign(3)] }
    expect(attestations.add(digest, 1, sign(1))).toEqual({ kind: 'certified', certificate })
    expect(attestations.certificate(digest)).toEqual(certificate)
    expect(attestations.add(digest, 2, sign(2))).toEqual({ kind: 'known' })
  })

  it('of one guardian alone suffice when there is only one', () => {
    const alone = createAttestations({ guardians: guardians.slice(0, 1), recover: recoverAddress })
    expect(alone.add(digest, 0, sign(0)).kind).toBe('certified')
  })

  it.each([
    ['a signature of another guardian', 0, sign(1)],
    ['a signature over another digest', 0, sign(0, digestOf(8))],
    ['a signature in its other form (high s)', 0, withHighS(sign(0))],
    ['a guardian who is none', 4, sign(4)],
    ['a negative guardian', -1, sign(0)],
    ['no signature', 0, '0x'],
    ['zeros', 0, `0x${'00'.repeat(64)}`],
  ] as const)('refuse %s', (_name, index, signature) => {
    const attestations = create()
    expect(attestations.add(digest, index, signature).kind).toBe('refused')
    attestations.add(digest, 1, sign(1))
    attestations.add(digest, 2, sign(2))
    expect(attestations.certificate(digest)).toBeNull()
  })

  it('count a guardian once', () => {
    const attestations = create()
    attestations.add(digest, 0, sign(0))
    expect(attestations.add(digest, 0, sign(0))).toEqual({ kind: 'known' })
    expect(attestations.add(digest, 1, sign(1))).toEqual({ kind: 'counted' })
  })

  it('of a guardian who signs everything push out his own oldest, and nobody else’s', () => {
    const attestations = create()
    attestations.add(digestOf(0), 1, sign(1, digestOf(0)))
    for (let n = 0; n <= 64; n++) attestations.add(digestOf(n), 0, sign(0, digestOf(n)))
    expect(attestations.add(digestOf(0), 2, sign(2, digestOf(0))).kind).toBe('counted')
    expect(attestations.add(digestOf(0), 0, sign(0, digestOf(0))).kind).toBe('certified')
  })

  it('are forgotten when nobody needs them any more', () => {
    const attestations = create()
    attestations.add(digest, 0, sign(0))
    attestations.forget(digest)
    attestations.add(digest, 1, sign(1))
    expect(attestations.add(digest, 2, sign(2))).toEqual({ kind: 'counted' })
  })
})
