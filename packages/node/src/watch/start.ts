import type { Header, Rpc, Source } from '@breakwater/chain'
import { BaseError, shorten } from '@breakwater/kernel'

/** Where to begin: a number, the newest block, or as far back as the longest window reaches. */
export type StartAt = 'auto' | 'latest' | bigint

/**
 * The block to begin with so that windows are filled from the first moment: the last one that is at least
 * `windowSeconds` older than the newest, but not more than `maxPastBlocks` back.
 * @throws the errors of the source
 */
export async function findStart(
  source: Source,
  rpcs: readonly Rpc[],
  windowSeconds: number,
  maxPastBlocks: number | 'unlimited',
  signal: AbortSignal,
): Promise<bigint> {
  const { number: newest, timestampSeconds } = (await findNewest(source, rpcs, signal)).ref
  const wanted = timestampSeconds - BigInt(windowSeconds)
  let low =
    maxPastBlocks === 'unlimited' || newest < BigInt(maxPastBlocks) ? 0n : newest - BigInt(maxPastBlocks)
  let high = newest
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    const { ref } = await source.header(middle, signal)
    if (ref.timestampSeconds <= wanted) low = middle
    else high = middle - 1n
  }
  return low
}

/** The highest block that a provider names and has: some may be away, or name one that there is not. */
async function findNewest(source: Source, rpcs: readonly Rpc[], signal: AbortSignal): Promise<Header> {
  const answers = await Promise.allSettled(rpcs.map((rpc) => readNumber(rpc, signal)))
  const named = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  let failure: unknown = answers.find((answer) => answer.status === 'rejected')?.reason
  for (const number of [...new Set(named)].sort((a, b) => (a > b ? -1 : 1))) {
    try {
      return await source.header(number, signal)
    } catch (error) {
      if (!(error instanceof BaseError) || error.code !== 'CHAIN_ABSENT') throw error
      failure = error
    }
  }
  throw failure
}

async function readNumber(rpc: Rpc, signal: AbortSignal): Promise<bigint> {
  const answer = await rpc.request('eth_blockNumber', [], signal)
  if (typeof answer === 'string' && /^0x[0-9a-f]{1,16}$/i.test(answer)) return BigInt(answer)
  const text = shorten(JSON.stringify(answer), 60)
  throw new BaseError('CHAIN_RPC_MALFORMED', `${rpc.label}: eth_blockNumber gave ${text}, no number`, {
    retry: 'later',
  })
}
