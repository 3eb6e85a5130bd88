import type { Rng } from '@breakwater/kernel'

export interface BackoffLimits {
  readonly firstMs: number
  readonly mostMs: number
}

/**
 * How long to wait before attempt `attempt`; the first one (0) is made at once. Doubles up to `mostMs`, and half of it is
 * chance, so that those who lost each other at one moment do not come back at one moment.
 */
export function backoffMs(attempt: number, { firstMs, mostMs }: BackoffLimits, rng: Rng): number {
  if (attempt === 0) return 0
  const fullMs = Math.min(mostMs, firstMs * 2 ** (attempt - 1))
  return Math.round(fullMs * (0.5 + rng.next() / 2))
}
