import { describe, expect, it } from 'vitest'
import { type ModelRun, runModel } from './quint.ts'

const run = (changes: Partial<ModelRun>) =>
  runModel({
    file: 'simplex.qnt',
    module: 'protocol',
    invariant: 'safety',
    samples: 3,
    steps: 10,
    ...changes,
  })

describe('a model', () => {
  it('keeps what always holds', async () => {
    expect((await run({})).verdict).toBe('kept')
  })

  it('is shown where it breaks what does not, with the seed', async () => {
    const { verdict, detail } = await run({ invariant: 'views.keys() == Set()' })
    expect(verdict).toBe('broken')
    expect(detail).toMatch(/--seed=0x[0-9a-f]+/)
  })

  it.each([
    ['is not there', { module: 'nowhere' }],
    ['does not say what is asked', { invariant: 'nonsense' }],
  ])('that %s has neither kept nor broken anything', async (_what, changes) => {
    const { verdict, detail } = await run(changes)
    expect(verdict).toBe('failed')
    expect(detail).not.toBe('')
  })
})
