import { createSeededRng } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { measureSigning } from './cost.ts'

describe('cost of signing', () => {
  it('is measured for a group that makes its key and signs', () => {
    const cost = measureSigning(4, createSeededRng(1), () => performance.now())
    expect(Object.values(cost)).toHaveLength(7)
    for (const timeMs of Object.values(cost)) expect(timeMs).toBeGreaterThan(0)
  })
})
