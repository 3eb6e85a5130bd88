import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAhead } from './readAhead.ts'

const never = new AbortController().signal
const pass = () => new Promise((resolve) => setImmediate(resolve))

async function collect<T>(items: AsyncIterable<T>): Promise<{ taken: T[]; error: unknown }> {
  const taken: T[] = []
  try {
    for await (const item of items) taken.push(item)
    return { taken, error: null }
  } catch (error) {
    return { taken, error }
  }
}

test('gives all items in order, however they finish, and never has more than its width under way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(40),
      fc.integer({ min: 1, max: 9 }),
      fc.func(fc.nat(3)),
      async (count, width, delay) => {
        let [underWay, most] = [0, 0]
        const read = async (number: bigint) => {
          most = Math.max(most, ++underWay)
          for (let i = delay(number); i > 0; i--) await pass()
          underWay--
          return number
        }
        const { taken } = await collect(readAhead(5n, BigInt(4 + count), width, read, never))
        expect(taken).toEqual(Array.from({ length: count }, (_, i) => BigInt(5 + i)))
        expect(most).toBeLessThanOrEqual(width)
      },
    ),
    { numRuns: 50 },
  )
})

test('does not run ahead of a taker that is slow', async () => {
  let started = 0
  const items = readAhead(0n, 1_000_000n, 4, async () => ++started, never)
  await items.next()
  for (let i = 0; i < 10; i++) await pass()
  expect(started).toBe(4)
  await items.return()
})

test('an error comes after all items before it, and ends what is under way', async () => {
  const aborted: bigint[] = []
  const read = (number: bigint, signal: AbortSignal) => {
    if (number === 2n) return Promise.reject(new Error('no 2'))
    if (number < 2n) return pass().then(() => number)
    return new Promise<bigint>((_, reject) =>
      signal.addEventListener('abort', () => {
        aborted.push(number)
        reject(new Error('aborted'))
      }),
    )
  }
  const { taken, error } = await collect(readAhead(0n, 9n, 5, read, never))
  expect(taken).toEqual([0n, 1n])
  expect(error).toMatchObject({ message: 'no 2' })
  expect(aborted).toEqual([3n, 4n, 5n, 6n])
})

test('ends with the reason of its signal', async () => {
  const controller = new AbortController()
  const read = (_: bigint, signal: AbortSignal) =>
    new Promise<bigint>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const all = collect(readAhead(0n, 9n, 3, read, controller.signal))
  await pass()
  controller.abort(new Error('enough'))
  expect((await all).error).toMatchObject({ message: 'enough' })
  expect((await collect(readAhead(0n, 9n, 3, read, controller.signal))).error).toMatchObject({
    message: 'enough',
  })
})
