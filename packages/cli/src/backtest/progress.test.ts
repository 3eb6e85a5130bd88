import { expect, it } from 'vitest'
import { progressText } from './progress.ts'

it('says how far a replay is, how fast, and how long it will take', () => {
  const range = { from: 100n, to: 1_099n }
  expect(progressText(range, 100n, 599n, 2)).toBe('block 599, 50 %, 250 blocks/s, 2 s left')
  expect(progressText(range, 0n, 49n, 60)).toBe('filling windows: block 49, 4 %, 1 blocks/s, 21 min left')
  expect(progressText(range, 100n, 1_099n, 0)).toBe('block 1099, 100 %, 0 blocks/s, 0 s left')
})
