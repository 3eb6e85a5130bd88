import { describe, expect, it } from 'vitest'
import { createEnding } from './ending.ts'

describe('ending', () => {
  it('takes the steps once, the last one first, each after the one before', async () => {
    const ending = createEnding()
    const taken: string[] = []
    ending.add(() => taken.push('first'))
    ending.add(
      () => taken.push('second'),
      async () => {
        await null
        taken.push('third')
      },
    )
    await Promise.all([ending.end(), ending.end()])
    expect(taken).toEqual(['third', 'second', 'first'])
    await expect(ending.done).resolves.toBeUndefined()
  })

  it('takes the other steps when one fails, and then says what failed', async () => {
    const ending = createEnding()
    const taken: string[] = []
    ending.add(() => taken.push('first'))
    ending.add(() => Promise.reject(new Error('broken')))
    await expect(ending.end()).rejects.toThrow('broken')
    await expect(ending.done).rejects.toThrow('broken')
    expect(taken).toEqual(['first'])
  })

  it('ends everything when something fails, and only then says why', async () => {
    const ending = createEnding()
    const taken: string[] = []
    ending.add(async () => {
      await null
      taken.push('step')
    })
    ending.add(() => Promise.reject(new Error('later')))
    ending.fail(new Error('the reason'))
    await expect(ending.done).rejects.toThrow('the reason')
    expect(taken).toEqual(['step'])
    await expect(ending.end()).resolves.toBeUndefined()
  })
})
