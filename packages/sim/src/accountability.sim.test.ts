import { faultsOf } from '@breakwater/consensus'
import { describe, expect, it } from 'vitest'
import { type Fault, simulate } from './index.ts'

/** More than f guardians with two machines each: they can split the log, but not without leaving their signatures. */
describe.each([
  [4, 2, 80],
  [7, 4, 30],
])('with %i guardians of whom %i are twinned', (guardians, twins, seeds) => {
  it('each violation convicts at least f + 1 of them, and never an honest guardian', async () => {
    const faults = Array.from({ length: twins }, (): Fault => 'twins')
    let violations = 0
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = await simulate(seed, {
        guardians,
        faults,
        stormMs: 15_000,
        offers: 40,
        patienceMs: 1_000,
      })
      const twinned = outcome.faulty.map(({ guardian }) => guardian)
      expect(twinned, `seed ${seed}`).toEqual(expect.arrayContaining([...outcome.culprits]))
      if (outcome.violations.length === 0) continue
      expect(outcome.violations[0], `seed ${seed}`).toMatch(/^agreement/)
      violations++
      expect(outcome.culprits.length, `seed ${seed}`).toBeGreaterThan(faultsOf(guardians))
    }
    expect(violations).toBeGreaterThan(0)
  })
})

it('one twinned guardian of four splits nothing, and is convicted all the same', async () => {
  let convicted = 0
  for (let seed = 1; seed <= 100; seed++) {
    const { culprits, faulty, violations } = await simulate(seed, { guardians: 4, faults: ['twins'] })
    expect(violations).toEqual([])
    if (culprits.length > 0) convicted++
    expect(faulty.map(({ guardian }) => guardian)).toEqual(expect.arrayContaining([...culprits]))
  }
  expect(convicted).toBeGreaterThan(5)
})
