import type { Rpc, Source } from '@breakwater/chain'
import { BaseError } from '@breakwater/kernel'

/** Where to begin: a number, the newest block, or as far back as the longest window reaches. */
export type StartAt = 'auto' | 'latest' | bigint

/**
 * The block to begin with so that windows are filled from the first moment: the last one that is at least
 * `windowSeconds` older than the newest, but not more than `maxPastBlocks` back.
 */
export async function findStart(
  source: Source,
  rpc: Rpc,
  windowSeconds: number,
  maxPastBlocks: number | 'unlimited',
  signal: AbortSignal,
): Promise<bigint> {
  const answer = await rpc.request('eth_blockNumber', [], signal)
  if (typeof answer !== 'string' || !/^0x[0-9a-f]+$/i.test(answer)) {
    throw new BaseError('CHAIN_RPC_MALFORMED', `${rpc.label}: eth_blockNumber gave no number`, {
      retry: 'later',
    })
  }
  const newest = BigInt(answer)
  const timeOf = async (number: bigint) => (await source.header(number, signal)).ref.timestampSeconds
  const wanted = (await timeOf(newest)) - BigInt(windowSeconds)
  let low =
    maxPastBlocks === 'unlimited' || newest < BigInt(maxPastBlocks) ? 0n : newest - BigInt(maxPastBlocks)
  let high = newest
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if ((await timeOf(middle)) <= wanted) low = middle
    else high = middle - 1n
  }
  return low
}
