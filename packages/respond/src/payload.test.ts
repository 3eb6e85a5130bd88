import { actionDigest, decode, encode, hexToBytes, incidentId, keccakText } from '@breakwater/kernel'
import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, it } from 'vitest'
import {
  BREAKER,
  HOLD_VAULT,
  hashOf,
  OBSERVED,
  PAUSE_PERPS,
  PAUSE_VAULT,
  specOf,
  VAULT,
} from '../test/sample.ts'
import { actionsOf, deadlineSeconds, payloadCodec, reactionOf, renewalSeconds } from './payload.ts'

const SPEC = specOf(PAUSE_VAULT, HOLD_VAULT, PAUSE_PERPS, 'id: tell, when: severity >= medium, do: alert')
const PAYLOAD = {
  anchorNumber: 5n,
  anchorHash: hashOf(5n),
  anchorSeconds: 1_000n,
  responses: ['pause-vault'],
}
const TYPES = {
  Action: [
    { name: 'chainId', type: 'uint256' },
    { name: 'breaker', type: 'address' },
    { name: 'target', type: 'address' },
    { name: 'level', type: 'uint8' },
    { name: 'data', type: 'bytes' },
    { name: 'durationSeconds', type: 'uint32' },
    { name: 'incidentId', type: 'bytes32' },
    { name: 'specHash', type: 'bytes32' },
    { name: 'epoch', type: 'uint64' },
    { name: 'anchorNumber', type: 'uint64' },
    { name: 'anchorHash', type: 'bytes32' },
    { name: 'deadlineSeconds', type: 'uint64' },
  ],
}

describe('actions', () => {
  it('follow from payload, specification and epoch alone', () => {
    expect(actionsOf(SPEC, 3n, PAYLOAD)).toEqual([
      {
        chainId: 31337n,
        breaker: BREAKER,
        target: VAULT,
        level: 3,
        data: `${keccakText('pauseFor(uint256)').slice(0, 10)}${(1800).toString(16).padStart(64, '0')}`,
        durationSeconds: 1800,
        incidentId: incidentId({
          ...{ chainId: 31337n, breaker: BREAKER, specHash: SPEC.hash, rule: 'pause-vault' },
          ...{ target: VAULT, anchorHash: hashOf(5n) },
        }),
        specHash: SPEC.hash,
        epoch: 3n,
        anchorNumber: 5n,
        anchorHash: hashOf(5n),
        deadlineSeconds: 1_300n,
      },
    ])
  })

  it('have the digest that EIP-712 gives them', () => {
    const responses = ['pause-vault', 'hold-vault', 'pause-perps']
    const actions = actionsOf(SPEC, 1n, { ...PAYLOAD, responses })
    expect(actions).toHaveLength(3)
    for (const action of actions) {
      const domain = {
        name: 'Breakwater CircuitBreaker',
        version: '1',
        chainId: 31337,
        verifyingContract: BREAKER,
      }
      expect(actionDigest(action)).toBe(
        hashTypedData({ domain, types: TYPES, primaryType: 'Action', message: { ...action } }),
      )
    }
  })

  it('are none for an alert, an unknown response, and without guardians', () => {
    expect(actionsOf(SPEC, 1n, { ...PAYLOAD, responses: ['tell', 'nobody'] })).toEqual([])
    expect(actionsOf(OBSERVED, 1n, PAYLOAD)).toEqual([])
  })

  it('tell their response apart, even where two do the same to the same target', () => {
    const twins = specOf(
      'id: a, when: severity >= high, do: pause, target: vault, for: 10m',
      'id: b, when: severity >= critical, do: pause, target: vault, for: 10m',
    )
    const [a, b] = actionsOf(twins, 1n, { ...PAYLOAD, responses: ['a', 'b'] })
    if (a === undefined || b === undefined) throw new Error('two actions were expected')
    expect([reactionOf(twins, a)?.id, reactionOf(twins, b)?.id]).toEqual(['a', 'b'])
    expect(reactionOf(SPEC, a)).toBeUndefined()
  })

  it('name another incident for each response, target, block and specification', () => {
    const ids = [
      ...actionsOf(SPEC, 1n, { ...PAYLOAD, responses: ['pause-vault', 'hold-vault', 'pause-perps'] }),
      ...actionsOf(SPEC, 1n, { ...PAYLOAD, anchorHash: hashOf(6n) }),
      ...actionsOf(specOf(PAUSE_VAULT), 1n, PAYLOAD),
    ].map((action) => action.incidentId)
    expect(new Set(ids).size).toBe(5)
  })
})

describe('the deadline', () => {
  it('is five minutes, or three quarters of a shorter brake, but never below a minute', () => {
    expect([1, 60, 80, 100, 400, 401, 3600].map(deadlineSeconds)).toEqual([
      60n,
      60n,
      60n,
      75n,
      300n,
      300n,
      300n,
    ])
  })

  it('comes before the renewal of a brake that was executed at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 80, max: 30 * 86_400 }), (duration) => {
        expect(deadlineSeconds(duration)).toBeLessThanOrEqual(BigInt(duration) - renewalSeconds(duration))
      }),
    )
  })
})

describe('the payload', () => {
  const payload = fc.record({
    anchorNumber: fc.bigInt(0n, 2n ** 64n - 1n),
    anchorHash: fc.bigInt(0n, 1_000n).map((n) => hashOf(n)),
    anchorSeconds: fc.bigInt(0n, 2n ** 64n - 1n),
    responses: fc.array(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,95}$/), { maxLength: 8 }),
  })

  it('survives its encoding', () => {
    fc.assert(
      fc.property(payload, (value) => {
        expect(decode(payloadCodec, encode(payloadCodec, value))).toEqual(value)
      }),
    )
  })

  it('refuses every other encoding', () => {
    const bytes = encode(payloadCodec, PAYLOAD)
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(payloadCodec, bytes.subarray(0, length))).toThrow('encoded value')
    }
    expect(() => decode(payloadCodec, new Uint8Array([...bytes, 0]))).toThrow('left over')
    expect(() => decode(payloadCodec, hexToBytes(`0x${'ff'.repeat(60)}`))).toThrow('encoded value')
  })
})
