import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBacklog } from './backlog.ts'

const frame = (mark: number, bytes = 1) => new Uint8Array(bytes).fill(mark)
const rest = (backlog: ReturnType<typeof createBacklog>): number[] => {
  const marks: number[] = []
  for (let next = backlog.shift(); next !== null; next = backlog.shift()) marks.push(next[0] ?? -1)
  return marks
}

describe('a backlog', () => {
  it('gives back in order', () => {
    const backlog = createBacklog({ frames: 9, bytes: 99 })
    for (const mark of [1, 2, 3]) expect(backlog.push(frame(mark))).toBe(0)
    expect(backlog.length).toBe(3)
    expect(rest(backlog)).toEqual([1, 2, 3])
  })

  it('drops the oldest, by number and by size, and says how many', () => {
    const few = createBacklog({ frames: 2, bytes: 99 })
    expect([1, 2, 3].map((mark) => few.push(frame(mark)))).toEqual([0, 0, 1])
    expect(rest(few)).toEqual([2, 3])
    const small = createBacklog({ frames: 99, bytes: 10 })
    for (const mark of [1, 2, 3]) small.push(frame(mark, 3))
    expect(small.push(frame(4, 7))).toBe(2)
    expect(rest(small)).toEqual([3, 4])
  })

  it('is within its bounds whatever happens, and loses nothing uncounted', () => {
    const steps = fc.array(fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 40 })), { maxLength: 80 })
    fc.assert(
      fc.property(steps, (actions) => {
        const backlog = createBacklog({ frames: 5, bytes: 60 })
        let [pushed, taken, dropped] = [0, 0, 0]
        let held: number[] = []
        for (const bytes of actions) {
          if (bytes === null) {
            if (backlog.shift() === null) continue
            taken++
            held = held.slice(1)
            continue
          }
          const lost = backlog.push(frame(0, bytes))
          pushed++
          dropped += lost
          held = [...held, bytes].slice(lost)
          expect(held.length).toBeLessThanOrEqual(5)
          expect(held.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(60)
        }
        expect(backlog.length).toBe(held.length)
        expect(pushed - taken - dropped).toBe(held.length)
      }),
    )
  })
})
