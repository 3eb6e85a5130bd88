import { describe, expect, it } from 'vitest'
import { hold, sessionOf } from '../test/ceremony.ts'

describe('dkg', () => {
  it.each([4, 10, 31])('%i', (n) => {
    const at = performance.now()
    const { all } = hold({ session: sessionOf(n) })
    console.log(n, performance.now() - at, all[0]?.status(), all[0]?.group()?.key)
    for (const dkg of all) expect(dkg.group()).toEqual(all[0]?.group())
    expect(all[0]?.share()).toBeTruthy()
  })
})
