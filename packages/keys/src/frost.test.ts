import { hexToBytes, keccakText } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { frost, isGroupKey, readGroupKey, readGroupSignature, verifyGroupSignature } from './frost.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const FIELD = 2n ** 256n - 2n ** 32n - 977n
const digest = keccakText('what the group signs')

/** Three of four guardians sign; `keep` says whose shares are taken. */
function signTogether(keep: readonly number[]) {
  const dealt = frost.trustedDealer({ min: 3, max: 4 })
  const group = dealt.public.commitments[0] ?? new Uint8Array()
  const message = hexToBytes(digest)
  const signers = Object.values(dealt.secretShares).filter((_, index) => keep.includes(index))
  const prepared = signers.map((secret) => ({ secret, ...frost.commit(secret) }))
  const commitments = prepared.map((one) => one.commitments)
  const shares = Object.fromEntries(
    prepared.map(({ secret, nonces }) => [
      secret.identifier,
      frost.signShare(secret, dealt.public, nonces, commitments, message),
    ]),
  )
  const signature = readGroupSignature(frost.aggregate(dealt.public, commitments, message, shares))
  return { key: readGroupKey(group), signature }
}

describe('frost', () => {
  it('gives a signature under the group’s key, whoever of the guardians make it', () => {
    for (const keep of [
      [0, 1, 2],
      [0, 2, 3],
    ]) {
      const { key, signature } = signTogether(keep)
      expect(verifyGroupSignature(digest, key, signature)).toBe(true)
      expect(verifyGroupSignature(keccakText('something else'), key, signature)).toBe(false)
    }
  })

  it('refuses signatures that are changed, out of range or off the curve', () => {
    const { key, signature } = signTogether([1, 2, 3])
    const { rx, ry, z } = signature
    const changed = [
      { ...signature, z: (z + 1n) % ORDER },
      { ...signature, z: ORDER },
      { ...signature, z: 2n ** 256n - 1n },
      { ...signature, ry: FIELD - ry },
      { rx: ry, ry: rx, z },
      { ...signature, rx: rx ^ 1n },
      { rx: 0n, ry: 0n, z },
    ]
    for (const one of changed) expect(verifyGroupSignature(digest, key, one)).toBe(false)
    expect(verifyGroupSignature(digest, { x: key.x, y: FIELD - key.y }, signature)).toBe(false)
  })

  it('takes for a key only a point on the curve in its one form', () => {
    const { key } = signTogether([0, 1, 2])
    expect(isGroupKey(key)).toBe(true)
    expect(isGroupKey({ x: key.x, y: key.y ^ 1n })).toBe(false)
    expect(isGroupKey({ x: key.x, y: key.y + FIELD })).toBe(false)
    expect(isGroupKey({ x: 0n, y: 0n })).toBe(false)
  })
})
