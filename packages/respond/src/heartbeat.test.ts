import { known, unknown } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { BREAKER, evaluationOf, PAUSE_PERPS, PAUSE_VAULT, specOf } from '../test/sample.ts'
import { dueHeartbeat } from './heartbeat.ts'

const SPEC = specOf(PAUSE_VAULT, PAUSE_PERPS)
/** Slots of 1600 / 16 + 1 = 101 seconds; a beat is due 400 seconds after the last one. */
const SILENCE = { 'registrationOf(vault).heartbeatSeconds': known(1600n) }
const T = 101n * 10_000_000n

const due = (seconds: bigint, parentSeconds: bigint, last: bigint, breaker: object = SILENCE) => {
  const calls = { 'lastHeartbeatSeconds()': known(last), ...breaker }
  return dueHeartbeat(SPEC, 3n, evaluationOf(SPEC, { seconds, breaker: calls }), parentSeconds)
}

describe('a heartbeat', () => {
  it('is due in the first block of a slot, once a quarter of the silence has passed', () => {
    const { block } = evaluationOf(SPEC, { seconds: T })
    expect(due(T, T - 1n, T - 400n)).toEqual({
      ...{ chainId: 31337n, breaker: BREAKER, epoch: 3n },
      ...{ anchorNumber: block.number, anchorHash: block.hash, anchorSeconds: T },
    })
    expect(due(T, T - 1n, T - 399n)).toBeNull()
    expect(due(T + 1n, T, T - 400n)).toBeNull()
    expect(due(T + 100n, T, T - 400n)).toBeNull()
    expect(due(T + 101n, T + 100n, T - 400n)).not.toBeNull()
    expect(due(T + 300n, T, T - 400n)).not.toBeNull()
  })

  it('follows the shortest silence of all targets', () => {
    const both = { ...SILENCE, 'registrationOf(perps).heartbeatSeconds': known(16n) }
    expect(due(T, T - 10n, T - 5n)).toBeNull()
    expect(due(T, T - 10n, T - 5n, both)).not.toBeNull()
  })

  it.each([
    ['no target counts silence', { 'registrationOf(vault).heartbeatSeconds': known(0n) }],
    ['the registration is not known', { 'registrationOf(vault).heartbeatSeconds': unknown('blind') }],
    [
      'it is not known when guardians were heard of',
      { ...SILENCE, 'lastHeartbeatSeconds()': unknown('blind') },
    ],
  ])('is none when %s', (_name, breaker) => {
    expect(due(T, T - 1n, 0n, breaker)).toBeNull()
  })
})
