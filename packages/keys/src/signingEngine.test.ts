import { createSeededRng, defined, type Hex, hexToBytes, keccakText } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { DIGEST, dealGroup, signTogether, wrongShare } from '../test/signing.ts'
import { frost } from './frost.ts'
import { frostIdentifier, frostPublic } from './frostGroup.ts'
import { createNoncePool } from './noncePool.ts'
import { createSigningEngine } from './signingEngine.ts'
import { createSigningSession, type SigningTask } from './signingSession.ts'

const { group, shares } = dealGroup(7)
const five = shares.slice(1, 6)
const second = defined(shares[1], 'the second share')

describe('signing engine', () => {
  it('agrees with @noble/curves about each share, right or wrong', () => {
    const { task } = signTogether(five)
    const session = createSigningSession(group, task)
    const commitments = task.signers.map(({ guardian, hiding, binding }) => ({
      identifier: frostIdentifier(guardian),
      hiding: hexToBytes(hiding),
      binding: hexToBytes(binding),
    }))
    const given = new Map<number, Hex>()
    signTogether(five, DIGEST, (share, guardian) => {
      given.set(guardian, share)
      return share
    })
    for (const [guardian, share] of given) {
      for (const one of [share, wrongShare, given.get(1) ?? share]) {
        const args = [frostPublic(group), commitments, hexToBytes(DIGEST), frostIdentifier(guardian)] as const
        expect(session.verifyShare(guardian, one)).toBe(frost.verifyShare(...args, hexToBytes(one)))
      }
    }
  })

  it('finds all who gave wrong shares, and nobody else', () => {
    const { signature, cheaters } = signTogether(five, DIGEST, (share, guardian) =>
      guardian === 2 || guardian === 5 ? wrongShare : share,
    )
    expect({ signature, cheaters }).toEqual({ signature: null, cheaters: [2, 5] })
  })

  it.each([
    ['zero', `0x${'00'.repeat(32)}`],
    ['the order', '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'],
    ['all ones', `0x${'ff'.repeat(32)}`],
  ] as [string, Hex][])('takes no share of %s', (_what, bad) => {
    expect(signTogether(five, DIGEST, (share, who) => (who === 3 ? bad : share)).cheaters).toEqual([3])
  })

  it('uses no nonces twice: not for the same, not for another digest, not for another coordinator', () => {
    const { task, engines } = signTogether(five)
    const [engine] = engines
    const again = (coordinator: number, over: SigningTask) =>
      engine?.run({ kind: 'sign', coordinator, session: 1, task: over })
    expect(again(0, task)).toMatchObject({ signed: null })
    expect(again(0, { ...task, digest: keccakText('another') })).toMatchObject({ signed: null })
    const fresh = engine?.run({ kind: 'prepare', coordinator: 4, count: 1 })
    const [own] = fresh?.kind === 'prepared' ? fresh.commitments : []
    const other = {
      ...task,
      signers: task.signers.map((one) => (one.guardian === 1 ? { ...one, ...own } : one)),
    }
    expect(again(0, other)).toMatchObject({ signed: null })
    expect(again(4, other)).toMatchObject({ signed: { share: expect.any(String) } })
    expect(again(4, other)).toMatchObject({ signed: null })
  })

  it('gives no share among commitments that are no points, nor where it is not named', () => {
    const engine = createSigningEngine(second, createSeededRng(9))
    const { task } = signTogether(five)
    const prepared = engine.run({ kind: 'prepare', coordinator: 0, count: 1 })
    const [own] = prepared.kind === 'prepared' ? prepared.commitments : []
    const signers = task.signers.map((one) =>
      one.guardian === 1
        ? { ...one, ...own }
        : one.guardian === 2
          ? { ...one, hiding: `0x02${'ff'.repeat(32)}` as Hex }
          : one,
    )
    const run = (over: SigningTask) => engine.run({ kind: 'sign', coordinator: 0, session: 0, task: over })
    expect(run({ ...task, signers })).toMatchObject({ signed: null })
    expect(run({ ...task, signers: task.signers.slice(1) })).toMatchObject({ signed: null })
  })
})

describe('nonce pool', () => {
  const pool = createNoncePool(second, createSeededRng(3))

  it('erases nonces after their use, even if that fails', () => {
    const [commitment] = pool.make(0, 1)
    let seen = new Uint8Array(1).fill(1)
    const use = () =>
      pool.spend(0, commitment ?? { hiding: '0x', binding: '0x' }, (nonces) => {
        seen = nonces.hiding
        expect(seen.some((byte) => byte !== 0)).toBe(true)
        throw new Error('the signer fails')
      })
    expect(use).toThrow('the signer fails')
    expect(seen.every((byte) => byte === 0)).toBe(true)
    expect(use()).toBeNull()
  })

  it('keeps the latest 32 of a coordinator', () => {
    const made = [...pool.make(5, 20), ...pool.make(5, 20)]
    const known = made.map((commitment) => pool.spend(5, commitment, () => true))
    expect(known.indexOf(true)).toBe(8)
    expect(known.filter((one) => one)).toHaveLength(32)
  })
})
