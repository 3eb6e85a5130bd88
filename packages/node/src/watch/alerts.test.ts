import type { Evaluation } from '@breakwater/detect'
import { type Finding, keccakText } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { createAlerts } from './alerts.ts'

const evaluation = (block: string, ...keys: string[]) =>
  ({
    findings: keys.map((uniqueKey) => ({ uniqueKey, block: { hash: keccakText(block) } }) as Finding),
  }) as unknown as Evaluation
const text = (events: readonly { change: string; finding: Finding }[]) =>
  events.map(({ change, finding }) => `${change} ${finding.uniqueKey}`)

describe('alerts', () => {
  it('tell of a condition once when it begins and once when it is over', () => {
    const alerts = createAlerts()
    expect(text(alerts.update(evaluation('1', 'a', 'b')))).toEqual(['opened a', 'opened b'])
    expect(text(alerts.update(evaluation('2', 'a', 'b')))).toEqual([])
    expect(text(alerts.update(evaluation('3', 'b')))).toEqual(['resolved a'])
    expect(alerts.open().map(({ uniqueKey }) => uniqueKey)).toEqual(['b'])
  })

  it('retract what opened in a block that left the chain, but not what the new branch shows too', () => {
    const alerts = createAlerts()
    alerts.update(evaluation('1', 'old'))
    alerts.update(evaluation('2', 'old', 'gone', 'again'))
    alerts.orphaned([keccakText('2')])
    expect(text(alerts.update(evaluation('2b', 'again')))).toEqual(['resolved old', 'retracted gone'])
  })

  it('do not tell again after a restart', () => {
    const [before, after] = [createAlerts(), createAlerts()]
    for (const block of ['1', '2']) {
      before.update(evaluation(block, 'a'))
      after.update(evaluation(block, 'a'))
    }
    expect(after.open()).toEqual(before.open())
    expect(text(after.update(evaluation('3', 'a')))).toEqual([])
    expect(after.update(evaluation('4'))).toEqual(before.update(evaluation('4')))
  })
})
