import { describe, expect, it } from 'vitest'
import { createAdmission } from './admission.ts'

describe('admission', () => {
  it('takes the newest, and sends away who has waited longest', () => {
    const admission = createAdmission<string>({ total: 2, perAddress: 2, perSecond: 9 })
    expect(admission.enter('a', 'one')).toBe(null)
    expect(admission.enter('b', 'two')).toBe(null)
    expect(admission.enter('c', 'three')).toBe('a')
    expect(admission.visitors()).toEqual(['b', 'c'])
  })

  it('lets one address push out only itself', () => {
    const admission = createAdmission<string>({ total: 4, perAddress: 2, perSecond: 9 })
    admission.enter('honest', 'one')
    const evicted = ['a', 'b', 'c', 'd'].map((visitor) => admission.enter(visitor, 'two'))
    expect(evicted).toEqual([null, null, 'a', 'b'])
    expect(admission.visitors()).toEqual(['honest', 'c', 'd'])
  })

  it('has room again when somebody leaves, once', () => {
    const admission = createAdmission<string>({ total: 2, perAddress: 1, perSecond: 9 })
    admission.enter('a', 'one')
    admission.leave('a')
    admission.leave('a')
    expect(admission.enter('b', 'one')).toBe(null)
    expect(admission.enter('c', 'one')).toBe('b')
  })

  it('counts how often each address begins', () => {
    const admission = createAdmission<string>({ total: 9, perAddress: 9, perSecond: 3 })
    const begins = (address: string, nowMs: number) => admission.mayBegin(address, nowMs)
    expect([0, 0, 0, 0].map((nowMs) => begins('one', nowMs))).toEqual([true, true, true, false])
    expect(begins('two', 0)).toBe(true)
    expect(begins('one', 400)).toBe(true)
  })

  it('remembers the rates of a bounded number of addresses, and not for ever', () => {
    const admission = createAdmission<string>({ total: 9, perAddress: 9, perSecond: 1 })
    expect(admission.mayBegin('one', 0)).toBe(true)
    expect(admission.mayBegin('one', 0)).toBe(false)
    for (let other = 0; other < 1024; other++) admission.mayBegin(`other ${other}`, 0)
    expect(admission.mayBegin('one', 0)).toBe(true)
  })
})
