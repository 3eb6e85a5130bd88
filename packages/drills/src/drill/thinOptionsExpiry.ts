import { priceFeedAbi } from '@breakwater/contracts/PriceFeed'
import { ASSETS, feedOf, HARBOR } from '@breakwater/deploy'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import { createPutDesk } from '../market/optionsDesk.ts'
import type { World } from '../world.ts'
import { type Drill, type Intruder, type Outcome, steps } from './drill.ts'
import { bendBtc } from './feedHijack.ts'

const BLOCK_SECONDS = 12
/** From the first bent price to the expiry. */
const BENT_BLOCKS = 25
const ATTACK_TICK = 34
const EXPIRY_TICK = ATTACK_TICK + BENT_BLOCKS
const TICKS = [...steps(ATTACK_TICK, 60, 1), ...steps(BENT_BLOCKS, BLOCK_SECONDS, 0.2), ...steps(24, 60, 1)]
/** The owner needs a minute to name another reporter. */
const RECOVERY_TICKS = 5
/** The last one comes first in the block in which he does. */
const UPDATES_UNTIL_MENDED = RECOVERY_TICKS + 1
/** Two million dollars of puts, 2 % out of the money, at a twentieth of a percent. */
const NOTIONAL_DOLLARS = 2_000_000
const UNITS = 16_500n
const STRIKE_BPS = 9_800n
const PREMIUM = 60_000n
/** The market itself, from the first trade to the expiry, moves by less. */
const MARKET_MOVES = 0.01
/** Before the settlement's window begins, when series close. */
const WRITE_ROUND = -32
const TAKE_ROUND = -30

/**
 * Cheap puts, far out of the money, and a stolen reporter key in the last five minutes. The settlement's average over
 * half an hour alone leaves 3.7 % of a bend by 40 %; of one that is mended after a minute half a percent, and such puts pay nothing.
 */
export const thinOptionsExpiry: Drill = {
  name: 'thin-options-expiry',
  class: 'price bent into an expiry (Mango Markets, October 2022, for options)',
  kind: 'attack',
  enforcement: 'direct+inline',
  isLaunchable: false,
  summary: 'puts far out of the money are bought, and the price is bent in the minutes before their expiry',
  lossLimitUsd: lossBoundUsd(UPDATES_UNTIL_MENDED),
  startMinute: 120,
  ticks: TICKS,
  attackTick: ATTACK_TICK,
  preparingTicks: ATTACK_TICK,
  recoveryTicks: RECOVERY_TICKS,
  isAsExpected: ({ baseline, without, with: braked }) =>
    [baseline, without, braked].every(({ isSettled }) => isSettled === 'true') &&
    isWithin(movedShare(BENT_BLOCKS), baseline, without) &&
    isWithin(2 * movedShare(UPDATES_UNTIL_MENDED), baseline, braked),
  create,
}

/** By which share of itself the average moves when so many updates in a row are bent as far as they go: see `TimeWeightedPrice`. */
function movedShare(bentUpdates: number): number {
  const step = Number(HARBOR.feedMaxStepBps) / 10_000
  let movedSeconds = 0
  for (let i = 1; i <= bentUpdates; i++) movedSeconds += BLOCK_SECONDS * (1 - (1 - step) ** i)
  return movedSeconds / Number(HARBOR.options.windowSeconds)
}

/** What the puts can be paid when so many updates are bent, and as many bring the price back. */
function lossBoundUsd(bentUpdates: number): number {
  const moved = 2 * movedShare(bentUpdates) + MARKET_MOVES
  return Math.max(0, moved - (1 - Number(STRIKE_BPS) / 10_000)) * NOTIONAL_DOLLARS
}

const isWithin = (share: number, { priceUsd: honest }: Outcome, { priceUsd: bent }: Outcome): boolean =>
  Math.abs(Number(bent) / Number(honest) - 1) <= share

async function create(seed: number, world: World): Promise<Intruder> {
  const { node, harbor } = world
  const [writer, buyer] = [devAddress(seed, 'option writer'), devAddress(seed, 'option buyer')]
  const [stolen, successor] = [world.reporter, devAddress(seed, 'reporter after the incident')]
  const untilExpiry = TICKS.slice(0, EXPIRY_TICK).reduce((sum, { seconds }) => sum + seconds, 0)
  const desk = createPutDesk(world, {
    asset: 'BTC',
    strikeE8: ((world.prices().get('BTC') ?? 0n) * STRIKE_BPS) / 10_000n,
    expirySeconds: world.timestampSeconds + BigInt(untilExpiry),
  })
  return {
    accounts: [],
    async prepare(ticksLeft) {
      if (ticksLeft === -TAKE_ROUND) await desk.take(buyer, UNITS)
    },
    async routine(round) {
      if (round === WRITE_ROUND) await desk.write(writer, UNITS, PREMIUM)
      if (round > BENT_BLOCKS) await desk.settle(writer)
    },
    async act(round) {
      if (round < BENT_BLOCKS) await bendBtc(world, stolen, true)
      else await desk.redeem(buyer)
    },
    async mend() {
      await node.fund([successor])
      for (const asset of ASSETS) {
        const feed = createCaller(feedOf(harbor, asset), priceFeedAbi)
        await node.send(feed(harbor.owner, 'setReporter', [successor]))
      }
      world.reporter = successor
    },
    wealth: () => desk.wealthOf(writer),
    async outcome() {
      const { isSettled, priceE8 } = await desk.settlement()
      return { isSettled: String(isSettled), priceUsd: String(Number(priceE8) / 1e8) }
    },
  }
}
