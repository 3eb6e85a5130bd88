import { toEventSelector } from 'viem'
import { type Drill, type Intruder, type Outcome, PREPARING_TICKS } from '../drill/drill.ts'
import { createWorld, type World } from '../world.ts'
import { type Books, readBooks, settlePrices } from './books.ts'

export interface PlayOptions {
  seed: number
  /** Whether the attacker comes. */
  attacked: boolean
  /** Real time of a block; 0 as fast as it goes. */
  blockMs: number
  guardians: readonly `0x${string}`[]
}

/** What follows a play while it runs: guardians, most of all. */
export interface Watcher {
  /** After the world is there, before time passes. */
  begin(world: World, intruder: Intruder): Promise<void>
  /** A block is about to be mined. */
  mining(block: bigint): void
  mined(tick: number): void | Promise<void>
  /** Whether the protocol has been braked: the owner then mends it. */
  isBraked(): boolean
  end(): Promise<void>
}

export interface Played {
  books: Books
  transactions: number
  /** First block with a transaction of the attacker; `null` without one. */
  firstHarmBlock: bigint | null
  /** First block in which somebody made the dead mode hold, because guardians were silent. */
  deadModeBlock: bigint | null
  outcome: Outcome
}

/** Plays a drill once: the same seed gives the same market, traders and attacker, with or without guardians. */
export async function play(drill: Drill, options: PlayOptions, watcher: Watcher | null): Promise<Played> {
  const { seed, attacked, guardians } = options
  const inline = watcher === null ? undefined : drill.inline
  const world = await createWorld({
    ...{ seed, guardians, startMinute: drill.startMinute },
    ...(inline && { inline }),
  })
  try {
    const intruder = await drill.create(seed, world)
    const stage = { world, intruder, attacked, ...progress() }
    try {
      await watcher?.begin(world, intruder)
      await pass(drill, options.blockMs, stage, watcher)
    } finally {
      await watcher?.end()
    }
    await intruder.end?.()
    await settlePrices(world)
    const { transactions, firstHarmBlock } = stage
    const books = await readBooks(world, stage.intruder.accounts)
    const wealth = await intruder.wealth?.()
    return {
      books: wealth === undefined ? books : { ...books, wealth },
      ...{ transactions, firstHarmBlock, deadModeBlock: await firstDeadMode(world) },
      outcome: (await intruder.outcome?.()) ?? {},
    }
  } finally {
    await world.stop()
  }
}

/** Time passes, tick by tick. */
async function pass(drill: Drill, blockMs: number, stage: Stage, watcher: Watcher | null): Promise<void> {
  const { world } = stage
  for (const [tick, { seconds, minutes }] of drill.ticks.entries()) {
    const deadlineMs = performance.now() + paceMs(drill, tick, blockMs)
    world.moveMarket(minutes)
    await act(drill, stage, tick, watcher)
    stage.transactions += await world.enqueue()
    if (watcher !== null) await until(deadlineMs)
    const number = blockOf(world, tick)
    watcher?.mining(number)
    await world.mine(seconds)
    if (stage.hasActed) stage.firstHarmBlock ??= number
    await watcher?.mined(tick)
  }
}

/** The block that ends a tick. */
export function blockOf({ startBlock }: World, tick: number): bigint {
  return startBlock + 1n + BigInt(tick)
}

/** Prices move faster than in the world: guardians need this long to hear of them. */
const CALM_MS = 160
const AROUND_TICKS = 5

/** Around the attack time is real; before and after it, as fast as guardians can follow. */
function paceMs({ kind, attackTick, recoveryTicks }: Drill, tick: number, blockMs: number): number {
  const isNear = tick >= attackTick - AROUND_TICKS && tick <= attackTick + recoveryTicks + AROUND_TICKS
  return kind === 'attack' && isNear ? blockMs : Math.min(blockMs, CALM_MS)
}

interface Stage {
  world: World
  intruder: Intruder
  attacked: boolean
  transactions: number
  hasActed: boolean
  firstHarmBlock: bigint | null
  isMended: boolean
}

const progress = () => ({
  transactions: 0,
  hasActed: false,
  firstHarmBlock: null as bigint | null,
  isMended: false,
})

async function act(drill: Drill, stage: Stage, tick: number, watcher: Watcher | null): Promise<void> {
  const round = tick - drill.attackTick
  const comes = stage.attacked || drill.kind === 'control'
  const preparing = drill.preparingTicks ?? PREPARING_TICKS
  await stage.intruder.routine?.(round)
  if (watcher !== null) await stage.intruder.defend?.(round)
  if (comes && round < 0 && round >= -preparing) await stage.intruder.prepare(-round)
  if (comes && round >= 0) {
    await stage.intruder.act(round)
    stage.hasActed = drill.kind === 'attack'
  }
  if (round === drill.recoveryTicks && !stage.isMended && watcher?.isBraked()) {
    await stage.intruder.mend()
    stage.isMended = true
  }
}

export const DEAD_MODE = toEventSelector('DeadModeEntered(address,uint8,uint256,address)')

async function firstDeadMode({ node, harbor }: World): Promise<bigint | null> {
  const [first] = await node.logs(harbor.breaker, [DEAD_MODE])
  return first?.blockNumber ?? null
}

function until(deadlineMs: number): Promise<void> {
  const leftMs = deadlineMs - performance.now()
  return leftMs <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, leftMs))
}
