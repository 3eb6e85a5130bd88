import type { Address } from '@breakwater/kernel'
import type { Call, Reader } from './reader.ts'
import { type Answer, addressOf, intOf, view, wordOf } from './view.ts'

/** How often a feed reports, and how that is known. */
export interface Heartbeat {
  seconds: number
  /** `stated`: the feed says so. `rounds`: at least so often of late. `unknown`: a day, which many feeds promise. */
  from: 'stated' | 'rounds' | 'unknown'
  /** Reports that were looked at. */
  rounds: number
  /** Longest time between two of them. */
  longestSeconds: number
}

/** A price feed with Chainlink's AggregatorV3Interface. */
export interface Feed {
  /** `BTC / USD`. */
  description: string
  decimals: number
  heartbeat: Heartbeat
  /** Lowest and highest answer that it can give, in its own units; `null` when nobody says. */
  bounds: { min: bigint; max: bigint } | null
  /** What a proxy forwards to. */
  aggregator: Address | null
}

const DAY = 86_400
/** What feeds promise: a guess is rounded up to one of these. */
const USUAL_SECONDS = [
  ...[10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800],
  ...[3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, DAY, 2 * DAY, 7 * DAY],
]
/** A report may come so much later than promised, in percent: blocks are waited for. */
const LATE_PERCENT = 10

/**
 * From when a feed reported, newest first. It may promise less: what was seen is only how often it did report. At
 * least two reports tell something.
 */
export function guessHeartbeat(updatedAt: readonly bigint[]): Heartbeat {
  const gaps = updatedAt.slice(1).map((older, index) => Number((updatedAt[index] ?? older) - older))
  const longestSeconds = Math.max(0, ...gaps)
  const rounds = updatedAt.length
  if (longestSeconds === 0) return { seconds: DAY, from: 'unknown', rounds, longestSeconds }
  const usual = USUAL_SECONDS.find((seconds) => seconds * (100 + LATE_PERCENT) >= longestSeconds * 100)
  return { seconds: usual ?? 7 * DAY, from: 'rounds', rounds, longestSeconds }
}

const ROUNDS = 40n
const PHASE = 1n << 64n

/** The views of a feed's past: its newest rounds. A proxy's round ids carry a phase above 64 bits. */
export function roundCalls(address: Address, roundId: bigint): readonly Call[] {
  const inPhase = roundId % PHASE
  const count = inPhase < ROUNDS ? inPhase : ROUNDS
  return Array.from({ length: Number(count) }, (_, back) =>
    view(address, 'getRoundData(uint80)', roundId - BigInt(back)),
  )
}

/** When rounds were reported, up to the first that the feed no longer has. */
export function reportTimes(answers: readonly Answer[]): readonly bigint[] {
  const times = answers.map((answer) => wordOf(answer, 3) ?? 0n)
  const end = times.indexOf(0n)
  return end < 0 ? times : times.slice(0, end)
}

/** What the rest of a feed is read from: its first answers. */
export interface FeedStart extends Pick<Feed, 'description' | 'decimals'> {
  address: Address
  roundId: bigint
  /** Answers of `aggregator()` and `heartbeatSeconds()`, which not every feed has. */
  aggregator: Answer
  heartbeatSeconds: Answer
}

export async function readFeed(reader: Reader, start: FeedStart): Promise<Feed> {
  const { address, description, decimals } = start
  const named = addressOf(start.aggregator)
  const aggregator = named !== null && BigInt(named) !== 0n ? named : null
  const source = aggregator ?? address
  const rounds = roundCalls(address, start.roundId)
  const [min = null, max = null, ...past] = await reader.calls([
    view(source, 'minAnswer()'),
    view(source, 'maxAnswer()'),
    ...rounds,
  ])
  const [lowest, highest] = [intOf(min), intOf(max)]
  const guess = guessHeartbeat(reportTimes(past))
  const stated = wordOf(start.heartbeatSeconds)
  const isStated = stated !== null && stated > 0n && stated <= 30n * BigInt(DAY)
  return {
    description,
    decimals,
    heartbeat: isStated ? { ...guess, seconds: Number(stated), from: 'stated' } : guess,
    bounds: lowest === null || highest === null ? null : { min: lowest, max: highest },
    aggregator,
  }
}
