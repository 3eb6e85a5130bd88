import { type Hex, hexToBytes, keccakText } from '@breakwater/kernel'
import fc from 'fast-check'
import {
  compactSignatureToSignature,
  parseCompactSignature,
  serializeSignature,
  recoverAddress as viemRecover,
} from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { createLocalSigner, loadNativeCurve, nobleCurve, recoverAddress } from './ecdsa.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
const keys = fc.bigInt({ min: 1n, max: ORDER - 1n }).map(word)
// Below the order: RFC 6979 reduces the digest, libsecp256k1 does not, which no hash will ever show.
const digests = fc.bigInt({ min: 0n, max: ORDER - 1n }).map(word)

describe('ecdsa', () => {
  it('signs as the address of its key, as an independent implementation sees it', async () => {
    await fc.assert(
      fc.asyncProperty(keys, digests, async (key, digest) => {
        const signer = createLocalSigner(key)
        const signature = signer.sign(digest)
        expect(signer.address).toBe(privateKeyToAddress(key).toLowerCase())
        expect(recoverAddress(digest, signature)).toBe(signer.address)
        const full = serializeSignature(compactSignatureToSignature(parseCompactSignature(signature)))
        expect((await viemRecover({ hash: digest, signature: full })).toLowerCase()).toBe(signer.address)
      }),
      { numRuns: 25 },
    )
  })

  it.skipIf(loadNativeCurve() === null)('gives the same bytes natively and in JavaScript (RFC 6979)', () => {
    const native = loadNativeCurve()
    fc.assert(
      fc.property(keys, digests, (key, digest) => {
        const [d, k] = [hexToBytes(digest), hexToBytes(key)]
        const a = native?.sign(d, k)
        const b = nobleCurve.sign(d, k)
        expect(a).toEqual({ rs: Uint8Array.from(b.rs), parity: b.parity })
        expect(native?.recover(d, b)).toEqual(Uint8Array.from(nobleCurve.recover(d, b)))
      }),
      { numRuns: 25 },
    )
  })

  const digest = keccakText('digest')
  const signer = createLocalSigner(word(7n))
  const signature = signer.sign(digest)

  it('finds another signer, or none, for another digest or a changed signature', () => {
    fc.assert(
      fc.property(fc.nat({ max: 511 }), (bit) => {
        const bytes = hexToBytes(signature)
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(recoverAddress(digest, `0x${Buffer.from(bytes).toString('hex')}`)).not.toBe(signer.address)
      }),
    )
    expect(recoverAddress(keccakText('another'), signature)).not.toBe(signer.address)
  })

  it('gives a signature one form only: s above half of the order is refused', () => {
    const high = `${signature.slice(0, 66)}${(ORDER / 2n + 1n).toString(16).padStart(64, '0')}` as Hex
    expect(recoverAddress(digest, high)).toBeNull()
    const half = `${signature.slice(0, 66)}${(ORDER / 2n).toString(16).padStart(64, '0')}` as Hex
    expect(recoverAddress(digest, half)).not.toBeNull()
  })

  it.each([
    ['r = 0', `0x${'0'.repeat(64)}${'1'.padStart(64, '0')}`],
    ['s = 0', `0x${'1'.padStart(64, '0')}${'0'.repeat(64)}`],
    ['r beyond the order', `0x${'f'.repeat(64)}${'1'.padStart(64, '0')}`],
    ['too short', '0x00'],
    ['not hexadecimal', `0x${'zz'.repeat(64)}`],
  ] as [string, Hex][])('refuses a signature with %s', (_what, bad) => {
    expect(recoverAddress(digest, bad)).toBeNull()
  })

  it.each([['0x00'], [word(0n)], [word(ORDER)], ['secret']] as [Hex][])(
    'refuses the private key %s without showing it',
    (key) => {
      expect(() => createLocalSigner(key)).toThrow(/private key/)
      expect(() => createLocalSigner(key)).not.toThrow(key)
    },
  )
})
