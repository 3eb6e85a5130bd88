/** One figure of a bench, as `bench --json` prints it. */
export interface Measure {
  name: string
  unit: 'ms' | 's' | 'gas' | 'MiB' | '1/s'
  value: number
  /** How many samples or events it rests on. */
  n: number
  /** The same work by other means, in the same run. */
  baseline?: number
  ratio?: number
}

/** The smallest value that at least a share of the samples does not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}
