import { expect, it } from 'vitest'
import { measureMesh } from '../src/index.ts'

it('measures connecting, a round trip and a stream', async () => {
  const measure = await measureMesh({ connects: 3, roundTrips: 20, messages: 2000 })
  expect(measure.connectMs).toHaveLength(3)
  expect(measure.roundTripMs).toHaveLength(20)
  for (const ms of [...measure.connectMs, ...measure.roundTripMs]) expect(ms).toBeGreaterThan(0)
  expect(measure.messagesPerSecond).toBeGreaterThan(100)
})
