import type { Rpc, Source } from '@breakwater/chain'
import { BaseError } from '@breakwater/kernel'
import { usageError } from '../terminal.ts'

/** A block as it is named on the command line: its number, so many before the newest, or a word of the node. */
export type BlockName = bigint | { beforeHead: bigint } | 'latest' | 'finalized'

/** @throws CLI_USAGE for anything but `123`, `-100`, `latest`, `finalized` */
export function parseBlockName(flag: string, text: string): BlockName {
  if (text === 'latest' || text === 'finalized') return text
  const match = /^(-?)(\d{1,18})$/.exec(text)
  if (match?.[2] === undefined) {
    throw usageError(
      `${flag} is "${text}"`,
      'give a block number, -100 for a hundred before the newest, latest or finalized',
    )
  }
  const number = BigInt(match[2])
  return match[1] === '-' ? { beforeHead: number } : number
}

/** The first and the last block that are judged. */
export interface Range {
  from: bigint
  to: bigint
}

export interface RangeOptions {
  /** `undefined`: as far back from `to` as the longest window reaches, and at least an hour. */
  from: BlockName | undefined
  to: BlockName
  /** Length of the longest window. */
  windowSeconds: number
}

const SHORTEST_DEFAULT_SECONDS = 3_600

/** @throws CLI_USAGE when the chain has no such blocks; the errors of `Rpc` and `Source` */
export async function findRange(
  { from, to, windowSeconds }: RangeOptions,
  source: Source,
  rpc: Rpc,
  signal: AbortSignal,
): Promise<Range> {
  const head = await readHead(rpc, signal)
  const numberOf = async (name: BlockName): Promise<bigint> => {
    if (typeof name === 'bigint') return name
    if (name === 'latest') return head
    if (name === 'finalized') return (await source.finalHeader(signal)).ref.number
    return name.beforeHead > head ? 0n : head - name.beforeHead
  }
  const last = await numberOf(to)
  if (last > head) {
    throw usageError(`--to is block ${last}, the newest block is ${head}`, 'choose an earlier block, or wait')
  }
  const span = Math.max(windowSeconds, SHORTEST_DEFAULT_SECONDS)
  const first = from === undefined ? await firstWithin(source, last, span, signal) : await numberOf(from)
  if (first > last) {
    throw usageError(
      `--from is block ${first}, --to is block ${last}`,
      'choose a --from that is not after --to',
    )
  }
  return { from: first, to: last }
}

async function readHead(rpc: Rpc, signal: AbortSignal): Promise<bigint> {
  const answer = await rpc.request('eth_blockNumber', [], signal)
  if (typeof answer === 'string' && /^0x[0-9a-f]{1,16}$/i.test(answer)) return BigInt(answer)
  throw new BaseError('CHAIN_RPC_MALFORMED', `${rpc.label}: eth_blockNumber gave no number`, {
    hint: 'see whether the URL is that of an Ethereum JSON-RPC node',
    retry: 'later',
  })
}

/** The first of the blocks less than `seconds` older than `last`. */
async function firstWithin(
  source: Source,
  last: bigint,
  seconds: number,
  signal: AbortSignal,
): Promise<bigint> {
  const before = await lastAtOrBefore(source, last, seconds, signal)
  return before === null ? 0n : before + 1n
}

/** The block to begin with so that windows of this length are full at `first`, and the block before it known. */
export async function findWarmup(
  source: Source,
  first: bigint,
  windowSeconds: number,
  signal: AbortSignal,
): Promise<bigint> {
  if (first === 0n) return 0n
  if (windowSeconds === 0) return first - 1n
  return (await lastAtOrBefore(source, first, windowSeconds, signal)) ?? 0n
}

/**
 * The last block at least `seconds` (above 0) older than block `number`; `null` when the chain is younger. It looks
 * near `number` first: nodes may have dropped the headers of long ago.
 */
async function lastAtOrBefore(
  source: Source,
  number: bigint,
  seconds: number,
  signal: AbortSignal,
): Promise<bigint | null> {
  const timeOf = async (at: bigint) => (await source.header(at, signal)).ref.timestampSeconds
  const wanted = (await timeOf(number)) - BigInt(seconds)
  let high = number
  let low = number
  for (let step = 1n; (await timeOf(low)) > wanted; step *= 2n) {
    if (low === 0n) return null
    high = low
    low = low > step ? low - step : 0n
  }
  // `low` is old enough, `high` is not.
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if ((await timeOf(middle)) > wanted) high = middle
    else low = middle
  }
  return low
}
