import { type Drill, type Intruder, PREPARING_TICKS } from '../drill/drill.ts'
import { guardianAddresses } from '../fleet.ts'
import { readBooks } from '../run/books.ts'
import { play } from '../run/play.ts'
import type { World } from '../world.ts'
import type { MarketView } from './market.ts'

/** An attack that nobody stops is given up after so many blocks. */
const MAX_ATTACK_TICKS = 120

/** An attack that was launched, from its preparation to what became of it. */
export interface AttackView {
  drill: Drill
  phase: 'preparing' | 'attacking' | 'braked' | 'mended' | 'over'
  launchedAtBlock: bigint
  brakedAtBlock: bigint | null
  /** What Harbor lost since the launch, at the market's price. */
  lossUsd: number
  /** What the same attack takes without guardians, replayed on a chain of its own; `null` until that is known. */
  lossWithoutUsd: number | null
}

export interface Attack {
  view: AttackView
  intruder: Intruder
  ticks: number
  wealthBefore: bigint
  brakedAtTick: number | null
  isClosed: boolean
}

export const isOver = ({ phase }: AttackView): boolean => phase === 'mended' || phase === 'over'

export async function launch(world: World, seed: number, drill: Drill): Promise<Attack> {
  // Each attack of a long-running devnet is somebody new.
  const intruder = await drill.create(seed + world.ticks, world)
  const { wealth } = await readBooks(world, intruder.accounts)
  const view: AttackView = {
    ...{ drill, phase: 'preparing', brakedAtBlock: null, lossUsd: 0, lossWithoutUsd: null },
    launchedAtBlock: world.startBlock + BigInt(world.ticks),
  }
  return { view, intruder, ticks: 0, wealthBefore: wealth, brakedAtTick: null, isClosed: false }
}

/** The attacker's, or the owner's, part of the block to come. */
export async function advance(attack: Attack): Promise<void> {
  const { view, intruder } = attack
  if (isOver(view)) return
  const round = attack.ticks++ - PREPARING_TICKS
  if (round < 0) return intruder.prepare(-round)
  if (view.phase === 'preparing') view.phase = 'attacking'
  if (attack.brakedAtTick !== null && attack.ticks - attack.brakedAtTick >= view.drill.recoveryTicks) {
    await intruder.mend()
    view.phase = 'mended'
  } else if (round < MAX_ATTACK_TICKS) await intruder.act(round)
  else {
    await intruder.mend()
    view.phase = 'over'
  }
}

/** What the attack has cost so far, and whether it was stopped. */
export async function follow(world: World, seed: number, attack: Attack, market: MarketView): Promise<void> {
  const { view, intruder } = attack
  if (view.phase === 'attacking' && market.brakes.some(({ level }) => level > 0)) {
    view.phase = 'braked'
    view.brakedAtBlock = market.block
    attack.brakedAtTick = attack.ticks
  }
  if (attack.isClosed) return
  const { wealth } = await readBooks(world, intruder.accounts)
  view.lossUsd = Number(attack.wealthBefore - wealth) / 1e6
  // What positions are worth is known only when the feeds are at the market again.
  if (
    !isOver(view) ||
    market.prices.some(({ marketUsd, feedUsd }) => Math.abs(feedUsd / marketUsd - 1) > 0.001)
  )
    return
  attack.isClosed = true
  // Only now: during the attack the machine belongs to the guardians.
  replay(seed, view).catch(() => {})
}

/** The same kind of attack without guardians, on a chain of its own: what it would have taken. */
async function replay(seed: number, view: AttackView): Promise<void> {
  const options = { seed, blockMs: 0, guardians: guardianAddresses(seed, 1) }
  const calm = await play(view.drill, { ...options, attacked: false }, null)
  const attacked = await play(view.drill, { ...options, attacked: true }, null)
  view.lossWithoutUsd = Number(calm.books.wealth - attacked.books.wealth) / 1e6
}
