import { measureMesh } from '@breakwater/node'
import { type Measure, quantile } from './measure.ts'

const round = (value: number): number => Math.round(value * 1000) / 1000

/** What two guardians pay for being connected, on this machine's loopback interface. */
export async function benchNetwork(onProgress: (text: string) => void): Promise<Measure[]> {
  onProgress('connecting, asking, streaming')
  const { connectMs, roundTripMs, messagesPerSecond } = await measureMesh()
  const ms = (name: string, samples: readonly number[]) =>
    [0.5, 0.99].map(
      (share): Measure => ({
        name: `network.${name}.p${100 * share}`,
        ...{ unit: 'ms', value: round(quantile(samples, share)), n: samples.length },
      }),
    )
  return [
    ...ms('connect', connectMs),
    ...ms('roundTrip', roundTripMs),
    { name: 'network.messagesPerSecond', unit: '1/s', value: Math.round(messagesPerSecond), n: 1 },
  ]
}
