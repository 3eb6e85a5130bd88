import { known, type UnknownReason, unknown } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BlockOptions,
  evaluationOf,
  finding,
  HOLD_VAULT,
  OBSERVED,
  PAUSE_PERPS,
  PAUSE_VAULT,
  secondsOf,
  specOf,
} from '../test/sample.ts'
import { planResponses, registrationGaps } from './plan.ts'

const SPEC = specOf(PAUSE_VAULT, HOLD_VAULT, PAUSE_PERPS, 'id: tell, when: severity >= medium, do: alert')
const plan = (options: BlockOptions, spec = SPEC) => planResponses(spec, evaluationOf(spec, options))
const idsOf = (options: BlockOptions, spec = SPEC) =>
  plan(options, spec).proposals.map(({ reaction }) => reaction.id)
const gap = (reason: UnknownReason, rule = 'solvent') => ({
  ...{ detector: 'invariant', rule, subject: rule, reason, missing: 'vault.totalAssets()' },
})
/** A brake on the vault that ends `seconds` after block 100. */
const braked = (level: bigint, seconds: bigint) => ({
  'statusOf(vault).level': known(level),
  'statusOf(vault).untilSeconds': known(secondsOf(100n) + seconds),
})

describe('a plan', () => {
  it('asks for nothing without a finding, and for nothing but alerts by an alert', () => {
    expect(plan({})).toEqual({ proposals: [], unknown: [] })
    expect(idsOf({ findings: [finding('quiet')] })).toEqual([])
  })

  it('asks for the strictest response of each target', () => {
    expect(idsOf({ findings: [finding('booked')] })).toEqual(['hold-vault'])
    expect(idsOf({ findings: [finding('booked'), finding('solvent')] })).toEqual([
      'pause-vault',
      'pause-perps',
    ])
    const two = specOf(
      'id: short, when: severity >= high, do: pause, target: vault, for: 10m',
      'id: long, when: severity >= high, do: pause, target: vault, for: 20m',
      'id: middle, when: severity >= high, do: pause, target: vault, for: 15m',
    )
    expect(idsOf({ findings: [finding('booked')] }, two)).toEqual(['long'])
  })

  it('names the findings that led to it', () => {
    const [booked, solvent] = [finding('booked'), finding('solvent')]
    const [pause] = plan({ findings: [booked, solvent] }).proposals
    expect(pause?.findings).toEqual([solvent])
  })

  it('needs damage: anomalies alone only alert, however many', () => {
    const anomalies = [finding('solvent', { role: 'anomaly' }), finding('booked', { role: 'anomaly' })]
    expect(idsOf({ findings: anomalies })).toEqual([])
    expect(idsOf({ findings: [...anomalies, finding('booked')] })).toEqual(['hold-vault'])
  })

  it('asks for nothing on-chain where there are no guardians', () => {
    expect(idsOf({ findings: [finding('solvent')] }, OBSERVED)).toEqual([])
  })

  it('does not act for another specification than the registered one, and says so', () => {
    const findings = [finding('solvent')]
    for (const [value, text] of [
      [known(0n), 'none is registered'],
      [known(7n), /another is registered, 0x0+7$/],
      [unknown('reverted'), 'the specification that the breaker has for the target'],
    ] as const) {
      const result = plan({ findings, breaker: { 'registrationOf(vault).specHash': value } })
      expect(result.proposals.map(({ reaction }) => reaction.id)).toEqual(['pause-perps'])
      expect(result.unknown.map(({ rule }) => rule)).toEqual(['pause-vault', 'hold-vault'])
      expect(result.unknown[0]?.missing).toMatch(text)
    }
  })

  it('does not act while the brake in force is not known', () => {
    const breaker = {
      'statusOf(vault).level': unknown('blind'),
      'statusOf(perps).untilSeconds': unknown('pruned'),
    }
    const result = plan({ findings: [finding('solvent')], breaker })
    expect(result.proposals).toEqual([])
    expect(result.unknown.map(({ rule, reason }) => `${rule} ${reason}`)).toEqual([
      'pause-vault blind',
      'hold-vault blind',
      'pause-perps pruned',
    ])
  })

  it('leaves a brake that is in force alone, escalates it, and renews it in its last quarter', () => {
    const findings = [finding('solvent')]
    const vault = (breaker: BlockOptions['breaker'] = {}) =>
      idsOf({ findings, breaker }).filter((id) => id !== 'pause-perps')
    expect(vault(braked(3n, 451n))).toEqual(['hold-vault'])
    expect(vault(braked(3n, 901n))).toEqual([])
    expect(vault(braked(1n, 3600n))).toEqual(['pause-vault'])
    expect(vault(braked(3n, 450n))).toEqual(['pause-vault'])
    expect(vault(braked(0n, 0n))).toEqual(['pause-vault'])
  })

  it('takes what cannot be judged for a finding only where the specification says `onError: closed`', () => {
    const closed = specOf(`${PAUSE_VAULT}, onError: closed`, PAUSE_PERPS)
    expect(idsOf({ unknown: [gap('reverted')] }, closed)).toEqual(['pause-vault'])
    expect(idsOf({ unknown: [gap('undefined')] }, closed)).toEqual(['pause-vault'])
    expect(idsOf({ unknown: [gap('reverted', 'booked')] }, closed)).toEqual([])
    expect(idsOf({ unknown: [gap('reverted')] })).toEqual([])
  })

  it('never closes for what the guardian itself cannot see', () => {
    const closed = specOf(`${PAUSE_VAULT}, onError: closed`)
    fc.assert(
      fc.property(
        fc.constantFrom<UnknownReason>('unsupported', 'pruned', 'orphaned', 'warming', 'blind'),
        (reason) => {
          expect(idsOf({ unknown: [gap(reason)] }, closed)).toEqual([])
        },
      ),
    )
  })

  it('is at most one response a target, each met by a finding of damage, whatever is found', () => {
    const findings = fc.array(
      fc.record({
        rule: fc.constantFrom('solvent', 'booked', 'quiet'),
        role: fc.constantFrom('damage', 'anomaly'),
      }),
      { maxLength: 6 },
    )
    const status = fc.record({ level: fc.bigInt(0n, 3n), seconds: fc.bigInt(0n, 4000n) })
    fc.assert(
      fc.property(findings, status, (found, { level, seconds }) => {
        const evaluation = {
          findings: found.map(({ rule, role }) => finding(rule as 'quiet', { role: role as 'damage' })),
        }
        const { proposals } = plan({ ...evaluation, breaker: braked(level, seconds) })
        const targets = proposals.map(({ reaction }) => reaction.target.alias)
        expect(new Set(targets).size).toBe(targets.length)
        for (const { reaction, findings: led } of proposals) {
          expect(led.every(reaction.matches) && led.some(({ role }) => role === 'damage')).toBe(true)
        }
      }),
    )
  })
})

describe('registration', () => {
  it('is told to be missing before anything is found', () => {
    const gaps = (options: BlockOptions) => registrationGaps(SPEC, evaluationOf(SPEC, options))
    expect(gaps({})).toEqual([])
    expect(gaps({ breaker: { 'registrationOf(perps).specHash': known(0n) } })).toEqual([
      {
        ...{ detector: 'response', rule: 'pause-perps', subject: 'perps', reason: 'unsupported' },
        missing: 'this specification on the breaker: none is registered',
      },
    ])
  })
})
