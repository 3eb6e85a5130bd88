import { faultsOf } from '@breakwater/consensus'
import { describe, expect, it } from 'vitest'
import { freshSeed } from '../test/good.ts'
import { type Fault, type Outcome, replayOf, runCampaign, type Scenario, simulate } from './index.ts'

const namesHonest = ({ culprits, faulty }: Outcome): boolean =>
  culprits.some((culprit) => !faulty.some(({ guardian }) => guardian === culprit))

/** So many twinned guardians on both sides of a partition, and enough time for both sides to go on. */
const splitting = (guardians: number, twins: number): Scenario => ({
  ...{ guardians, partition: 'halves', faults: Array.from({ length: twins }, (): Fault => 'twins') },
  ...{ stormMs: 15_000, offers: 40, patienceMs: 1_000 },
})

/** More than f guardians with two machines each: they can split the log, but not without leaving their signatures. */
describe.each([
  [4, 2, 500, 250],
  [4, 2, 500, 250],
  [7, 3, 60, 1],
])('with %i guardians of whom %i are twinned, in %i runs', (guardians, twins, seeds, leastViolations) => {
  it('what honest guardians keep convicts f + 1 of them after each violation, and never an honest one', async () => {
    const scenario = splitting(guardians, twins)
    const wrong: string[] = []
    let violations = 0
    const onOutcome = (outcome: Outcome): void => {
      const isViolated = outcome.violations.length > 0
      if (isViolated) violations++
      const isExplained = !isViolated || outcome.culprits.length > faultsOf(guardians)
      // What else is reported then follows from it.
      const isOfAgreement = !isViolated || outcome.violations[0]?.startsWith('agreement')
      if (isExplained && isOfAgreement && !namesHonest(outcome)) return
      wrong.push(`${replayOf(outcome, scenario)}: ${JSON.stringify(outcome)}`)
    }
    await runCampaign({ first: freshSeed(seeds), seeds, scenario, onOutcome })
    expect(wrong).toEqual([])
    expect(violations).toBeGreaterThanOrEqual(leastViolations)
  })
})

it('a guardian that crashes right after it handed out a block can show why it did', async () => {
  const { violations, culprits, faulty } = await simulate(216, splitting(4, 2))
  expect(violations[0]).toMatch(/^agreement/)
  expect(culprits).toEqual(faulty.map(({ guardian }) => guardian).sort())
})

it('one twinned guardian of four splits nothing, and is convicted all the same', async () => {
  const [first, seeds] = [freshSeed(100), 100]
  const scenario: Scenario = { guardians: 4, faults: ['twins'] }
  let convicted = 0
  const wrong: string[] = []
  const onOutcome = (outcome: Outcome): void => {
    if (outcome.culprits.length > 0) convicted++
    if (outcome.violations.length > 0 || namesHonest(outcome)) wrong.push(replayOf(outcome, scenario))
  }
  await runCampaign({ first, seeds, scenario, onOutcome })
  expect(wrong).toEqual([])
  expect(convicted).toBeGreaterThan(5)
})
