import type { Rules } from '@breakwater/consensus'
import { describe, expect, it } from 'vitest'
import { expectGood } from '../test/good.ts'
import { simulate } from './index.ts'

/** Crashes take f guardians' logs. */
describe('guardians whose logs are lost', () => {
  it('never vote against what they have forgotten, and follow again: 300 seeds of four, 60 of seven', async () => {
    await expectGood(1, 300, { guardians: 4, disk: 'loses', faults: [] })
    await expectGood(1, 60, { guardians: 7, disk: 'loses', faults: [] })
  })

  it.each(['liar', 'twins', 'silent'] as const)(
    'nor do they with a guardian that is %s beside them',
    async (fault) => {
      for (let seed = 1; seed <= 100; seed++) {
        const outcome = await simulate(seed, {
          guardians: 4,
          disk: 'loses',
          faults: [fault],
          patienceMs: 3_000,
        })
        expect(outcome.violations, `seed ${seed}`).toEqual([])
      }
    },
  )

  it.each<[string, Partial<Rules>]>([
    ['take the views that others are in for the safe point', { safeView: highest }],
    ['believe the first one who answers', { safeView: (positions) => positions[0] ?? null }],
  ])('are caught when they %s', async (_name, rules) => {
    expect(await firstIncrimination(rules)).not.toBeNull()
  })
})

const highest = (positions: readonly bigint[]): bigint | null =>
  positions.length < 3 ? null : positions.reduce((a, b) => (a > b ? a : b))

async function firstIncrimination(rules: Partial<Rules>): Promise<number | null> {
  for (let seed = 1; seed <= 1_500; seed++) {
    const { violations } = await simulate(seed, {
      guardians: 4,
      disk: 'loses',
      faults: [],
      broken: { rules },
      patienceMs: 3_000,
    })
    if (violations.some((violation) => violation.startsWith('incrimination'))) return seed
  }
  return null
}
