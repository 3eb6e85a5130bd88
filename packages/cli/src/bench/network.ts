import { measureSigning } from '@breakwater/keys'
import { measureMesh, systemRng } from '@breakwater/node'
import { type Measure, quantile } from './measure.ts'

const round = (value: number): number => Math.round(value * 1000) / 1000

/** Sizes of the guardian set, for the times that depend on it. */
const SIZES = [4, 10, 31]

/**
 * What two guardians pay for being connected, on this machine's loopback interface, and one for making a group's key
 * and signing with it.
 */
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
    ...SIZES.flatMap((size) => signingMeasures(size, onProgress)),
  ]
}

function signingMeasures(size: number, onProgress: (text: string) => void): Measure[] {
  onProgress(`a key of ${size} guardians`)
  const cost = measureSigning(size, systemRng, () => performance.now())
  const { dkgDealsMs, dkgSharesMs, dkgVerdictsMs, nonceMs, signShareMs, aggregateMs, blameMs } = cost
  const times = {
    ...{ dkg: dkgDealsMs + dkgSharesMs + dkgVerdictsMs, nonces: nonceMs },
    ...{ signShare: signShareMs, aggregate: aggregateMs, blame: blameMs },
  }
  return Object.entries(times).map(([name, value]) => ({
    ...{ name: `network.frost.${name}.n${size}`, unit: 'ms', value: round(value), n: 1 },
  }))
}
