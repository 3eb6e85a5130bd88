import type { BlockFacts } from '@breakwater/chain'
import type { Hex, Known } from '@breakwater/kernel'

/** Facts of block `number`, 12 seconds after the one before: nothing but the results of calls, by id. */
export function blockFacts(
  number: number,
  calls: Readonly<Record<string, Known<bigint> | bigint>>,
): BlockFacts {
  const hashOf = (at: number): Hex => `0x${at.toString(16).padStart(64, '0')}`
  const values = Object.entries(calls).map(([id, value]): [string, Known<bigint>] => [
    id,
    typeof value === 'bigint' ? { ok: true, value } : value,
  ])
  return {
    block: {
      number: BigInt(number),
      hash: hashOf(number),
      parentHash: hashOf(number - 1),
      timestampSeconds: 1_700_000_000n + 12n * BigInt(number),
    },
    txs: [],
    calls: new Map(values),
  }
}
