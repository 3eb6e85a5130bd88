import type { Finding, Severity } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GUARDIANS, HEAD, placeOf } from '../test/sample.ts'
import { checkSpec, loadSpec } from './spec.ts'

const RULES = `invariants:
  - { id: solvent, require: vault.totalAssets() >= perps.totalClaims(), severity: critical }
detectors:
  - { use: net-outflow, of: vault, limits: { tx: 3% } }
  - { use: oracle-liveness, of: feed, heartbeat: 60s, severity: medium }
`
const withResponses = (responses: string, more = GUARDIANS): string =>
  `${HEAD}${RULES}${more}responses:\n${responses}`
const alertWhen = (when: string) => withResponses(`  - { do: alert, when: "${when}" }\n`)

const finding = (detector: string, severity: Severity, subject: string): Finding => ({
  detector,
  rule: detector === 'invariant' ? 'solvent' : `${detector}-${subject}`,
  role: 'damage',
  severity,
  inputs: 'chain',
  subject,
  block: { number: 1n, hash: '0x', parentHash: '0x', timestampSeconds: 1n },
  summary: '',
  evidence: {},
  uniqueKey: '',
})
const BROKEN = finding('invariant', 'critical', 'solvent')
const OUTFLOW = finding('net-outflow', 'high', 'vault')
const STALE = finding('oracle-liveness', 'medium', 'feed')

describe('conditions', () => {
  it.each([
    ['severity >= critical', [BROKEN]],
    ['severity < high', [STALE]],
    ['severity == high', [OUTFLOW]],
    ['severity != high', [BROKEN, STALE]],
    ['detector == net-outflow', [OUTFLOW]],
    ["detector == 'net-outflow'", [OUTFLOW]],
    ['rule == solvent', [BROKEN]],
    ['rule != solvent and severity > medium', [OUTFLOW]],
    ['subject == vault or subject == feed', [OUTFLOW, STALE]],
    ['NOT (subject == vault OR detector == invariant)', [STALE]],
    ['!(role == damage) || severity >= high', [BROKEN, OUTFLOW]],
    ['role == damage', [BROKEN, OUTFLOW, STALE]],
  ])('%s', (when, expected) => {
    const [response] = loadSpec(alertWhen(when)).responses
    expect([BROKEN, OUTFLOW, STALE].filter((found) => response?.matches(found))).toEqual(expected)
  })

  it('follow the laws of logic', () => {
    const conditions = fc.constantFrom(
      'severity >= high',
      'detector == net-outflow',
      'subject == feed',
      'rule == solvent',
    )
    fc.assert(
      fc.property(conditions, conditions, fc.constantFrom(BROKEN, OUTFLOW, STALE), (a, b, found) => {
        const holds = (when: string) =>
          loadSpec(alertWhen(`${when} or role == damage and ${when}`)).responses[0]?.matches(found)
        expect(holds(`not (${a} and ${b})`)).toBe(holds(`(not ${a} or not ${b})`))
      }),
      { numRuns: 20 },
    )
  })

  it.each([
    ['severity >= urgent', 'SPEC_RULE', 'there is no severity "urgent"', 'urgent', undefined],
    [
      'detector == net-outfow',
      'SPEC_RULE',
      'no finding has the detector "net-outfow"',
      'net-outfow',
      'did you mean "net-outflow"?',
    ],
    [
      'rule == insolvent',
      'SPEC_RULE',
      'no finding has the rule "insolvent"',
      'insolvent',
      'did you mean "solvent"?',
    ],
    ['subject != valt', 'SPEC_RULE', 'no finding has the subject "valt"', 'valt', 'did you mean "vault"?'],
    ['role == anomaly', 'SPEC_RULE', 'no finding has the role "anomaly"', 'anomaly', undefined],
    ['sevrity == high', 'SPEC_NAME', 'a finding has no "sevrity"', 'sevrity', 'did you mean "severity"?'],
    ['high == severity', 'SPEC_NAME', 'a finding has no "high"', 'high', undefined],
    ['subject >= vault', 'SPEC_TYPE', '"subject" has no order', '>= vault', 'compare it with == or !='],
    ['severity == 5', 'SPEC_TYPE', '5 is no name', '5 ', undefined],
    ['severity', 'SPEC_RULE', 'severity is no condition on a finding', 'severity"', undefined],
    ['severity >=', 'SPEC_SYNTAX', 'a value is missing before the end', '" }', undefined],
  ])('%s is wrong', (when, code, message, needle, hint) => {
    const text = alertWhen(when).replace('== 5', '== 5 ')
    const place = placeOf(text, 'do: alert')
    const [problem, another] = checkSpec(text)
    expect(another).toBeUndefined()
    expect(problem).toMatchObject({ code, message, line: place.line, path: 'responses[0].when' })
    const line = text.split('\n')[place.line - 1] ?? ''
    expect(problem?.column).toBe(line.indexOf(needle) + 1)
    if (hint !== undefined) expect(problem?.hint).toBe(hint)
  })

  it.each([
    'severity == low',
    'severity >= critical and detector == net-outflow',
    'rule == solvent and subject == vault',
    'not role == damage',
  ])('%s can never hold, which is a problem', (when) => {
    expect(checkSpec(alertWhen(when))).toMatchObject([
      { code: 'SPEC_RULE', message: 'no finding of this specification can meet this condition' },
    ])
  })

  it('are not judged impossible while a rule is broken', () => {
    const text = alertWhen('rule == solvent').replace('perps.totalClaims()', 'perps.nothing()')
    expect(checkSpec(text)).toMatchObject([{ code: 'SPEC_NAME', path: 'invariants[0].require' }])
  })
})

describe('responses', () => {
  it('are resolved to level, target and seconds', () => {
    const { responses } = loadSpec(
      withResponses(
        [
          '  - { when: severity >= critical, do: pause, target: vault, for: 1h, quorum: certificate, onError: closed }',
          '  - { when: severity == high, do: reduceOnly, target: perps, for: 30m }',
          '  - { id: slow, when: severity == high, do: delayWithdrawals, target: vault, for: 1d }',
          '  - { when: severity >= info, do: alert }',
        ].join('\n'),
      ),
    )
    const target = (alias: string) => expect.objectContaining({ alias })
    expect(responses).toMatchObject([
      {
        id: 'pause-vault',
        level: 3,
        do: 'pause',
        target: target('vault'),
        durationSeconds: 3_600,
        onError: 'closed',
      },
      { id: 'reduceOnly-perps', level: 2, target: target('perps'), durationSeconds: 1_800, onError: 'open' },
      { id: 'slow', level: 1, target: target('vault'), durationSeconds: 86_400 },
      { id: 'alert', level: 0, target: null, durationSeconds: 0 },
    ])
  })

  it.each([
    [
      '{ when: severity >= high, do: pause, target: valt, for: 1h }',
      'SPEC_NAME',
      'there is no contract "valt"',
    ],
    ['{ when: severity >= high, do: pause, for: 1h }', 'SPEC_FIELD', 'responses[0].target is missing'],
    ['{ when: severity >= high, do: pause, target: vault }', 'SPEC_FIELD', 'responses[0].for is missing'],
    [
      '{ when: severity >= high, do: stop }',
      'SPEC_FIELD',
      'responses[0].do must be alert or delayWithdrawals or reduceOnly or pause, not "stop"',
    ],
    ['{ when: severity >= high, do: alert, for: 1h }', 'SPEC_FIELD', 'responses[0] has no field "for"'],
    [
      '{ when: true, do: alert }',
      'SPEC_FIELD',
      'responses[0].when must be a condition such as severity >= critical, not true',
    ],
  ])('%s: %s %s', (response, code, message) => {
    expect(checkSpec(withResponses(`  - ${response}\n`))).toMatchObject([{ code, message }])
  })

  it('have ids of their own', () => {
    const pause = '  - { when: severity >= high, do: pause, target: vault, for: 1h }\n'
    expect(checkSpec(withResponses(pause + pause))).toMatchObject([
      {
        code: 'SPEC_DUPLICATE',
        message: 'there are two responses "pause-vault"',
        hint: 'give this one an `id` of its own',
      },
    ])
  })

  it('need guardians to act on-chain, and none to alert', () => {
    expect(checkSpec(withResponses('  - { when: severity >= high, do: alert }\n', ''))).toEqual([])
    const text = withResponses('  - { when: severity >= high, do: pause, target: vault, for: 1h }\n', '')
    expect(checkSpec(text)).toMatchObject([
      {
        code: 'SPEC_RULE',
        message: '"pause" acts on-chain, for which there are no guardians',
        ...placeOf(text, 'pause, target'),
      },
    ])
  })
})
