import { createTimeline } from '@breakwater/detect'
import type { World } from '@breakwater/drills'
import { type Facts, type Hex, keccakText, type Log, toWord } from '@breakwater/kernel'
import { decodeEventLog, parseAbi } from 'viem'
import type { Measure } from './measure.ts'

const BLOCKS = 400
const TXS_PER_BLOCK = 100
const LOGS_PER_TX = 5

/** How many fetched logs one core folds in a second: windows, detectors, invariants, all rules of Harbor. */
export function benchFold({ harbor }: World, values: Facts['calls']): Measure[] {
  const blocks = makeBlocks(harbor.usdc, [harbor.vault, harbor.perps], values)
  const logs = BLOCKS * TXS_PER_BLOCK * LOGS_PER_TX
  const timeline = createTimeline(harbor.spec)
  const ours = perSecond(logs, () => {
    for (const facts of blocks) timeline.advance(facts)
  })
  const baseline = perSecond(logs, () => {
    sumWithViem(blocks, [harbor.vault, harbor.perps])
  })
  return [{ name: 'loop.logsPerSecond', unit: '1/s', value: ours, n: logs, baseline, ratio: ours / baseline }]
}

function perSecond(count: number, work: () => void): number {
  const startMs = performance.now()
  work()
  return Math.round((1000 * count) / (performance.now() - startMs))
}

const TRANSFER = keccakText('Transfer(address,address,uint256)')

function makeBlocks(token: Hex, holders: readonly Hex[], calls: Facts['calls']): Facts[] {
  const log = (n: number): Log => ({
    address: token,
    topics: [TRANSFER, toWord(BigInt(holders[n % 2] ?? '0x0')), toWord(BigInt(n))],
    data: toWord(BigInt(n % 7)),
  })
  return Array.from({ length: BLOCKS }, (_, number) => ({
    block: {
      number: BigInt(number + 1),
      hash: toWord(BigInt(number + 1)),
      parentHash: toWord(BigInt(number)),
      timestampSeconds: BigInt(number),
    },
    txs: Array.from({ length: TXS_PER_BLOCK }, (_tx, index) => ({
      hash: toWord(BigInt(number * TXS_PER_BLOCK + index)),
      index,
      status: 'ok' as const,
      logs: Array.from({ length: LOGS_PER_TX }, (_log, i) => log(number + index + i)),
    })),
    calls,
    observed: { atMs: 0, refs: new Map() },
  }))
}

const abi = parseAbi(['event Transfer(address indexed from, address indexed to, uint256 value)'])

/** What a script of one's own would do with the logs of one event: decode, compare, add. */
function sumWithViem(blocks: readonly Facts[], holders: readonly Hex[]): bigint {
  let sum = 0n
  for (const { txs } of blocks) {
    for (const { logs } of txs) {
      for (const { topics, data } of logs) {
        const { args } = decodeEventLog({ abi, topics: topics as [Hex, ...Hex[]], data })
        if (holders.includes(args.from.toLowerCase() as Hex)) sum += args.value
        if (holders.includes(args.to.toLowerCase() as Hex)) sum -= args.value
      }
    }
  }
  return sum
}
