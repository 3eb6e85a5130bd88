import { describe, it } from 'vitest'
import { expectGood } from '../test/good.ts'

describe('with up to f guardians twinned, lying or silent, messages lost, delayed and cut off, and crashes', () => {
  it('seven guardians never disagree and never get stuck: 500 seeds', async () => {
    await expectGood(1, 500, { guardians: 7 })
  })

  it('one, two, three and ten guardians neither', async () => {
    for (const guardians of [1, 2, 3]) await expectGood(1, 100, { guardians })
    await expectGood(1, 10, { guardians: 10 })
  })

  it('nor with real signatures: 20 seeds of one guardian, 20 of four', async () => {
    for (const guardians of [1, 4]) await expectGood(1, 20, { guardians, realSignatures: true })
  })
})
