import { bytesToHex, keccakText } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'
import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, it } from 'vitest'
import { BINDING_BYTES, bindingDigest, type Realm, signBinding, verifyBinding } from './binding.ts'

const signer = createLocalSigner(keccakText('guardian'))
const realm: Realm = { chainId: 31_337n, registry: `0x${'5e'.repeat(20)}` }
const keyHash = keccakText('key')
const expirySeconds = 2_000_000_000n
const bytes = signBinding(realm, signer, keyHash, expirySeconds)
const verify = (binding = bytes, key = keyHash, nowSeconds = 1_999_999_999n) =>
  verifyBinding(binding, key, realm, nowSeconds)
const refusedAs = (code: string) => expect.objectContaining({ code })

describe('a binding', () => {
  it('says whose key it is, and until when', () => {
    expect(bytes).toHaveLength(BINDING_BYTES)
    expect(verify()).toMatchObject({ guardian: signer.address, expirySeconds })
  })

  it('is typed data by EIP-712, as wallets and other libraries calculate it', () => {
    const claim = { ...realm, guardian: signer.address, expirySeconds }
    expect(bindingDigest(claim, keyHash)).toBe(
      hashTypedData({
        domain: {
          name: 'Breakwater Guardian',
          version: '1',
          chainId: realm.chainId,
          verifyingContract: realm.registry,
        },
        types: {
          Transport: [
            { name: 'guardian', type: 'address' },
            { name: 'keyHash', type: 'bytes32' },
            { name: 'expirySeconds', type: 'uint64' },
          ],
        },
        primaryType: 'Transport',
        message: { guardian: signer.address, keyHash, expirySeconds },
      }),
    )
  })

  it('is void from its expiry on', () => {
    expect(() => verify(bytes, keyHash, expirySeconds)).toThrow(refusedAs('NODE_PEER_EXPIRED'))
  })

  it('is good for its key only', () => {
    expect(() => verify(bytes, keccakText('other'))).toThrow(refusedAs('NODE_PEER_FORGED'))
  })

  it.each([
    ['chain', { ...realm, chainId: 1n }],
    ['registry', { ...realm, registry: `0x${'5f'.repeat(20)}` as const }],
  ])('of another %s is refused', (_what, other) => {
    const foreign = signBinding(other, signer, keyHash, expirySeconds)
    expect(() => verify(foreign)).toThrow(refusedAs('NODE_PEER_REALM'))
  })

  it('with any bit changed, cut or continued, is refused', () => {
    const changed = fc
      .record({ at: fc.nat(BINDING_BYTES - 1), bit: fc.nat(7) })
      .map(({ at, bit }) => bytes.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte)))
    const cut = fc.nat(BINDING_BYTES - 1).map((length) => bytes.subarray(0, length))
    const longer = fc
      .uint8Array({ minLength: 1, maxLength: 9 })
      .map((more) => Uint8Array.of(...bytes, ...more))
    fc.assert(
      fc.property(fc.oneof(changed, cut, longer, fc.uint8Array({ maxLength: 200 })), (other) => {
        let code: unknown = 'accepted'
        try {
          verify(other)
        } catch (error) {
          code = (error as { code?: unknown }).code
        }
        expect(code, bytesToHex(other)).toMatch(/^(KERNEL_DECODE|NODE_PEER_(REALM|EXPIRED|FORGED))$/)
      }),
      { numRuns: 300 },
    )
  })
})
