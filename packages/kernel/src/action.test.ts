import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, it } from 'vitest'
import { ACTION_TYPE, type Action, actionDigest, incidentId } from './action.ts'
import type { Hex } from './hex.ts'

const bytes = (count: number) =>
  fc
    .uint8Array({ minLength: count, maxLength: count })
    .map((b) => `0x${Buffer.from(b).toString('hex')}` as Hex)
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

const actions: fc.Arbitrary<Action> = fc.record({
  chainId: u64,
  breaker: bytes(20),
  target: bytes(20),
  level: fc.constantFrom(0, 1, 2, 3),
  data: fc.nat({ max: 70 }).chain(bytes),
  durationSeconds: fc.nat({ max: 2 ** 32 - 1 }),
  incidentId: bytes(32),
  specHash: bytes(32),
  epoch: u64,
  anchorNumber: u64,
  anchorHash: bytes(32),
  deadlineSeconds: u64,
})

/** The struct's members as viem wants them, read from the type string that is the contract's too. */
const members = ACTION_TYPE.slice('Action('.length, -1)
  .split(',')
  .map((member) => {
    const [type = '', name = ''] = member.split(' ')
    return { type, name }
  })

describe('action', () => {
  it('has the EIP-712 digest that an independent implementation computes', () => {
    fc.assert(
      fc.property(actions, (action) => {
        const expected = hashTypedData({
          domain: {
            name: 'Breakwater CircuitBreaker',
            version: '1',
            chainId: action.chainId,
            verifyingContract: action.breaker,
          },
          types: { Action: members },
          primaryType: 'Action',
          message: { ...action },
        })
        expect(actionDigest(action)).toBe(expected)
      }),
    )
  })

  it('names an incident by chain, breaker, specification, rule, target and anchor', () => {
    const incident = {
      chainId: 1n,
      breaker: `0x${'11'.repeat(20)}`,
      specHash: `0x${'22'.repeat(32)}`,
      rule: 'pause-vault',
      target: `0x${'33'.repeat(20)}`,
      anchorHash: `0x${'44'.repeat(32)}`,
    } as const
    const ids = [
      incident,
      { ...incident, chainId: 2n },
      { ...incident, rule: 'pause-perps' },
      { ...incident, anchorHash: `0x${'45'.repeat(32)}` as Hex },
      { ...incident, target: `0x${'34'.repeat(20)}` as Hex },
    ].map(incidentId)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
