import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { HARBOR, type InlineProtection } from '@breakwater/deploy'
import type { Hex } from '@breakwater/kernel'
import { toEventSelector } from 'viem'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import { DEAD_MODE } from '../run/play.ts'
import type { World } from '../world.ts'
import { type Drill, type Intruder, steps } from './drill.ts'
import { createThief } from './vaultDrain.ts'

const ATTACK_TICK = 12

/** A minute as always, an hour and a day beside, and anyone stops all withdrawals ten minutes after the guardians fell silent. */
const INLINE: InlineProtection = {
  flow: {
    ...HARBOR.flow,
    windows: [
      ...HARBOR.flow.windows,
      { capAmount: 0n, capBps: 500, reserveBps: 1_000, windowSeconds: 3_600 },
      { capAmount: 0n, capBps: 1_000, reserveBps: 1_000, windowSeconds: 86_400 },
    ],
  },
  heartbeatSeconds: 600,
  deadLevel: 1,
}

/** The vault's books are never larger than this in the drill: ten millions of providers, and what comes in meanwhile. */
const MOST_BOOKED_DOLLARS = 11_000_000
const BLOCK_SECONDS = 60
const TICKS = [...steps(ATTACK_TICK, BLOCK_SECONDS, 1), ...steps(28, 1, 0.25), ...steps(90, BLOCK_SECONDS, 1)]
/** Longest that withdrawals are open under attack: the last heartbeat is fresh, a keeper sees the silence a block late, and acts in the next. */
const OPEN_SECONDS = INLINE.heartbeatSeconds + 1 + 2 * BLOCK_SECONDS

/** All guardians are gone, and a vault is drained: what is left are the limits in its own contracts, and their silence. */
export const guardiansDead: Drill = {
  name: 'guardians-dead',
  class: 'missing access check on a withdrawal, with nobody there to stop it',
  kind: 'attack',
  enforcement: 'inline',
  isLaunchable: false,
  summary: 'all guardians crash, then the vault is drained: flow limits hold, and anyone calls the dead mode',
  lossLimitUsd: Math.round(MOST_BOOKED_DOLLARS * provenShare(INLINE, OPEN_SECONDS)),
  startMinute: 120,
  ticks: TICKS,
  attackTick: ATTACK_TICK,
  recoveryTicks: 15,
  inline: INLINE,
  async script(tick, fleet) {
    if (tick !== ATTACK_TICK - 2) return
    for (const index of fleet.guardians.keys()) await fleet.crash(index)
  },
  isAsExpected: ({ with: { heartbeats, deadModes } }) => heartbeats !== '0' && deadModes !== '0',
  create,
}

/**
 * The largest share of a vault that leaves in any span of so many seconds, proven in `FlowWindow`: of a window with
 * capacity K, half of its cap, at most K * (1 + span / window). The tightest window counts.
 */
function provenShare({ flow }: InlineProtection, spanSeconds: number): number {
  const shares = flow.windows.map(
    ({ capBps, windowSeconds }) => (capBps / 2 / 10_000) * (1 + spanSeconds / windowSeconds),
  )
  return Math.min(...shares)
}

/** Called again before it ends: a slice lasts an hour. */
const RENEW_SECONDS = 180n

const HEARTBEAT = toEventSelector('HeartbeatReceived(uint64,uint64,uint64,address)')

async function create(seed: number, world: World): Promise<Intruder> {
  const { node, harbor } = world
  const keeper = devAddress(seed, 'keeper')
  const breaker = createCaller(harbor.breaker, circuitBreakerAbi)
  const thief = await createThief(seed, world)
  const count = async (event: Hex) => (await node.logs(harbor.breaker, [event])).length
  /** Anybody's business: whoever sees that guardians are silent has the dead mode hold. */
  const keep = async () => {
    const targets = [harbor.vault, harbor.perps]
    const answers = await node.read(
      targets.flatMap((target) =>
        ['silentFromSeconds', 'statusOf'].map((name) => ({
          ...{ to: harbor.breaker, abi: circuitBreakerAbi, name, args: [target] },
        })),
      ),
    )
    for (const [index, target] of targets.entries()) {
      const silentFrom = answers[2 * index] as bigint
      const [level, until] = answers[2 * index + 1] as readonly [number, bigint]
      const isSilent = silentFrom !== 0n && world.timestampSeconds >= silentFrom
      const isOpen = level === 0 || until < world.timestampSeconds + RENEW_SECONDS
      if (isSilent && isOpen) await node.send(breaker(keeper, 'enterDeadMode', [target]))
    }
  }
  return {
    ...thief,
    async defend() {
      await node.fund([keeper])
      await keep()
    },
    // Nobody mends it either: the limits hold for as long as it takes.
    mend: async () => {},
    async outcome() {
      const [heartbeats, deadModes] = await Promise.all([HEARTBEAT, DEAD_MODE].map(count))
      return { heartbeats: String(heartbeats), deadModes: String(deadModes) }
    },
  }
}
