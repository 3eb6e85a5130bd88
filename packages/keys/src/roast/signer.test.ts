import type { Hex } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { DIGEST, dealGroup } from '../../test/signing.ts'
import type { RoastEffect } from './effect.ts'
import type { SignRequest } from './message.ts'
import { createSigner } from './signer.ts'

const { group } = dealGroup(4)

function sit() {
  const effects: RoastEffect[] = []
  const signer = createSigner({ group, self: 1, wants: () => false, emit: (effect) => effects.push(effect) })
  return { effects, signer }
}
const request = (guardians: readonly number[], digest: Hex = DIGEST): SignRequest => ({
  kind: 'request',
  digest,
  session: 0,
  signers: guardians.map((guardian) => ({ guardian, hiding: group.key, binding: group.key })),
})

describe('signer', () => {
  it('signs what was asked for before, as soon as it is final, and not after it is forgotten', () => {
    const { effects, signer } = sit()
    signer.request(2, request([0, 1, 2]))
    expect(effects).toEqual([])
    signer.finalized(DIGEST)
    expect(effects).toMatchObject([
      { kind: 'job', job: { kind: 'sign', coordinator: 2, task: { digest: DIGEST } } },
    ])
    signer.forget(DIGEST)
    signer.request(2, request([0, 1, 2]))
    expect(effects).toHaveLength(1)
  })

  it.each([
    ['too few', [0, 1]],
    ['too many', [0, 1, 2, 3]],
    ['others only', [0, 2, 3]],
    ['out of order', [1, 0, 2]],
    ['one twice', [0, 1, 1]],
    ['a stranger', [0, 1, 9]],
  ])('does not sign among %s', (_what, guardians) => {
    const { effects, signer } = sit()
    signer.finalized(DIGEST)
    signer.request(2, request(guardians))
    expect(effects).toEqual([])
  })

  it('signs for one coordinator in n − t + 1 sessions at most', () => {
    const { effects, signer } = sit()
    signer.finalized(DIGEST)
    for (let i = 0; i < 5; i++) signer.request(2, request([0, 1, 2]))
    signer.request(3, request([0, 1, 2]))
    expect(effects).toHaveLength(3)
  })

  it('replaces the nonces of a coordinator that holds none that are good, once at a time', () => {
    const { effects, signer } = sit()
    const refused = { kind: 'signed', coordinator: 2, session: 0, digest: DIGEST, signed: null } as const
    signer.done(refused)
    signer.done(refused)
    expect(effects).toMatchObject([{ kind: 'job', job: { kind: 'prepare', coordinator: 2 } }])
    signer.done({ kind: 'prepared', coordinator: 2, commitments: [] })
    expect(effects.at(-1)).toMatchObject({ kind: 'send', to: 2, message: { kind: 'nonces', fresh: true } })
  })

  it('keeps the latest eight early requests of a coordinator', () => {
    const { effects, signer } = sit()
    const digests = Array.from({ length: 9 }, (_, i): Hex => `0x${String(i).padStart(64, '0')}`)
    for (const digest of digests) signer.request(2, request([0, 1, 2], digest))
    for (const digest of digests) signer.finalized(digest)
    expect(effects).toHaveLength(8)
  })
})
