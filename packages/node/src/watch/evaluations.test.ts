import type { Timeline } from '@breakwater/detect'
import { describe, expect, it } from 'vitest'
import { evaluationOf, factsOf, hashOf, timelineOf } from '../../test/blocks.ts'
import { createEvaluations } from './evaluations.ts'

const stage = (confirmations = 0) => {
  const timeline = timelineOf()
  const evaluations = createEvaluations(timeline as unknown as Timeline, confirmations)
  const arrive = (number: number, branch = 'a', parentBranch = branch) => {
    const evaluation = timeline.put(evaluationOf(factsOf(number, branch, parentBranch)))
    evaluations.arrived(evaluation)
    return evaluation
  }
  return { evaluations, arrive, timeline }
}
const never = () => new AbortController().signal

describe('evaluations', () => {
  it('gives a block that was judged at once, and the head', async () => {
    const { evaluations, arrive } = stage()
    expect(evaluations.head()).toBeNull()
    const [first, second] = [arrive(1), arrive(2)]
    expect(evaluations.head()).toBe(second)
    expect(await evaluations.wait(hashOf(1), never())).toBe(first)
  })

  it('waits for a block, whoever waits, and for that one only', async () => {
    const { evaluations, arrive } = stage()
    const all = Promise.all([1, 2].map(() => evaluations.wait(hashOf(2), never())))
    arrive(1)
    const second = arrive(2)
    expect(await all).toEqual([second, second])
  })

  it('gives up when the signal aborts, before or while it waits, and leaves no listener', async () => {
    const { evaluations, arrive } = stage()
    const aborting = new AbortController()
    const listeners = new Set<unknown>()
    const { signal } = aborting
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    Object.assign(signal, {
      addEventListener: (type: 'abort', listener: () => void) => {
        listeners.add(listener)
        add(type, listener)
      },
      removeEventListener: (type: 'abort', listener: () => void) => {
        listeners.delete(listener)
        remove(type, listener)
      },
    })
    const [given, missed] = [evaluations.wait(hashOf(1), signal), evaluations.wait(hashOf(2), signal)]
    const first = arrive(1)
    aborting.abort()
    expect(await Promise.all([given, missed])).toEqual([first, null])
    expect(await evaluations.wait(hashOf(1), signal)).toBeNull()
    expect(listeners.size).toBe(0)
  })

  it('goes back with the chain', () => {
    const { evaluations, arrive } = stage()
    const first = arrive(1)
    arrive(2)
    evaluations.moved(first)
    expect(evaluations.head()).toBe(first)
    expect(arrive(2, 'b', 'a')).toBe(evaluations.head())
    evaluations.moved(null)
    expect(evaluations.confirmed()).toBeNull()
  })

  it('acts on a block as many blocks later as the specification says', async () => {
    const { evaluations, arrive } = stage(2)
    const [first] = [arrive(1), arrive(2)]
    expect(evaluations.confirmed()).toBeNull()
    let given: unknown = 'waiting'
    const waiting = evaluations.wait(hashOf(1), never()).then((evaluation) => {
      given = evaluation
    })
    await new Promise(setImmediate)
    expect(given).toBe('waiting')
    arrive(3)
    await waiting
    expect(given).toBe(first)
    expect(evaluations.confirmed()).toBe(first)
    expect(await evaluations.wait(hashOf(1), never())).toBe(first)
  })
})
