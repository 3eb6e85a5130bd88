import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { priceFeedAbi } from '@breakwater/contracts/PriceFeed'
import { ASSETS, feedOf, HARBOR } from '@breakwater/deploy'
import { type Hex, keccakText, ZERO_HASH } from '@breakwater/kernel'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import type { World } from '../world.ts'
import { ATTACK_TICKS, ATTACKER_TIP_WEI, type Drill, type Intruder } from './drill.ts'
import { createHijacker } from './feedHijack.ts'

/**
 * All that one side may hold, times two steps of the feed: the one at which he opens, and one more until the brake comes.
 */
const BENT_DOLLARS = (Number(HARBOR.maxOpenInterest) / 1e6) * 2 * (Number(HARBOR.feedMaxStepBps) / 10_000)

/** Whoever has the owner's key tries to get rid of the brake first, and then names himself the one who reports prices. */
export const stolenAdminKey: Drill = {
  name: 'stolen-admin-key',
  class: 'stolen owner key (Radiant, October 2024)',
  kind: 'attack',
  enforcement: 'direct',
  isLaunchable: false,
  summary: 'the thief disarms the brake and takes the feeds: the brake stays for a day, and is used at once',
  lossLimitUsd: BENT_DOLLARS,
  startMinute: 120,
  ticks: ATTACK_TICKS,
  attackTick: 12,
  recoveryTicks: 15,
  isAsExpected: ({ with: braked }) => braked.registered === 'as before' && braked.announced === 'all',
  create,
}

async function create(seed: number, world: World): Promise<Intruder> {
  const { node, harbor } = world
  const thief = devAddress(seed, 'key thief')
  const breaker = createCaller(harbor.breaker, circuitBreakerAbi)
  const hijacker = await createHijacker(seed, world, thief)
  const first = { tipWei: ATTACKER_TIP_WEI + 10n ** 9n }
  const targets = [harbor.vault, harbor.perps, harbor.options]

  /** All that an owner can ask of the brake: none of it takes effect within a day. */
  const disarm = async () => {
    const noLimits = await limitsOf(world)
    for (const target of targets) {
      await node.send(breaker(harbor.owner, 'disarm', [target], first))
      await node.send(
        breaker(harbor.owner, 'change', [target, keccakText('nothing is wrong'), noLimits], first),
      )
      await node.send(
        breaker(harbor.owner, 'register', [target, keccakText('nothing is wrong'), noLimits], first),
      )
      await node.send(breaker(harbor.owner, 'lift', [target], first))
    }
  }
  const takeFeeds = async () => {
    for (const asset of ASSETS) {
      const feed = createCaller(feedOf(harbor, asset), priceFeedAbi)
      await node.send(feed(harbor.owner, 'setReporter', [thief], first))
      // From here on the owner cannot take it back.
      await node.send(feed(harbor.owner, 'transferOwnership', [thief], first))
    }
  }
  return {
    ...hijacker,
    async prepare(ticksLeft) {
      await hijacker.prepare(ticksLeft)
      await node.fund([thief])
    },
    async act(round) {
      if (round === 0) {
        await disarm()
        await takeFeeds()
      }
      await hijacker.act(round)
    },
    // There is nobody left who could: the brake holds for as long as the drill lasts.
    mend: async () => {},
    async end() {
      // The books are read at the market's price, and only he can bring the feeds there.
      world.reporter = thief
    },
    async outcome() {
      const answers = await node.read(
        targets.flatMap((target) =>
          ['registrationOf', 'pendingChangeOf'].map((name) => ({
            ...{ to: harbor.breaker, abi: circuitBreakerAbi, name, args: [target] },
          })),
        ),
      )
      const hashes = answers.map((answer) => (answer as readonly [Hex])[0])
      const isKept = targets.every((_, i) => hashes[2 * i] === harbor.spec.hash)
      const isAnnounced = targets.every((_, i) => hashes[2 * i + 1] !== ZERO_HASH)
      return { registered: isKept ? 'as before' : 'otherwise', announced: isAnnounced ? 'all' : 'not all' }
    },
  }
}

/** What the owner registered for the vault: a change of nothing but the specification. */
async function limitsOf({ node, harbor }: World): Promise<unknown> {
  const [registration] = await node.read([
    { to: harbor.breaker, abi: circuitBreakerAbi, name: 'registrationOf', args: [harbor.vault] },
  ])
  return (registration as readonly [unknown, unknown])[1]
}
