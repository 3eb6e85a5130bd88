import type { InlineProtection } from '@breakwater/deploy'
import type { Address } from '@breakwater/kernel'
import type { Fleet } from '../fleet.ts'
import type { World } from '../world.ts'

/**
 * Who can stop the attacker, who goes straight to the chain: guardians, in the next block (`direct`); the protocol's
 * own contracts, in his transaction or by their delays (`inline`).
 */
export type Enforcement = 'direct' | 'inline' | 'direct+inline'

/** Time that passes in one step: on the chain, and on the recorded market day. */
export interface Tick {
  seconds: number
  minutes: number
}

/**
 * A re-created attack on Harbor, or a day on which nothing may be blocked. Attackers go straight to the chain, with
 * the highest tips in the block; nobody tells the guardians anything.
 */
export interface Drill {
  name: string
  /** The class of public incidents that it stands for. */
  class: string
  kind: 'attack' | 'control'
  enforcement: Enforcement
  /** Whether it can be launched on a devnet: it needs nothing but Harbor as it is, and the guardians. */
  isLaunchable: boolean
  /** One sentence for people. */
  summary: string
  /** More than this may not be lost with Breakwater on. */
  lossLimitUsd: number
  /** Minute of the recorded day to begin with. */
  startMinute: number
  ticks: readonly Tick[]
  /** The tick in which the attack begins; before it only benign users are there. */
  attackTick: number
  /** Ticks before the attack in which it is prepared; `PREPARING_TICKS` without it. */
  preparingTicks?: number
  /** How many ticks after the attack's beginning the owner has mended the protocol, if it was braked in time. */
  recoveryTicks: number
  /** How Harbor's contracts are set when the attack is met with Breakwater; else, and without it, as always. */
  inline?: InlineProtection
  /** What befalls the guardians after a block. */
  script?(tick: number, fleet: Fleet): Promise<void>
  /** What else must have come of it, run by run. */
  isAsExpected?(outcomes: Outcomes): boolean
  /** A new attacker (or whale), with what it needs. */
  create(seed: number, world: World): Promise<Intruder>
}

/** What came of a run, in words and numbers of the drill's own. */
export type Outcome = Readonly<Record<string, string>>
export type Outcomes = Readonly<Record<'baseline' | 'without' | 'with', Outcome>>

/** Who does what the drill is about. */
export interface Intruder {
  /** Whose claims are not honest ones. */
  accounts: readonly Address[]
  /** Before the attack: accounts, funds, what was left open by mistake. `ticksLeft` counts down to 1. */
  prepare(ticksLeft: number): Promise<void>
  /** Transactions for the block to come; `round` counts from 0. */
  act(round: number): Promise<void>
  /** What is done in every run, also without the attack, from the first block on; `round` is below 0 before the attack. */
  routine?(round: number): Promise<void>
  /** What people do against it, beside the guardians' machines: only with Breakwater. */
  defend?(round: number): Promise<void>
  outcome?(): Promise<Outcome>
  /** Whose wealth counts, in units of the dollar, where the attack is not on Harbor's providers. */
  wealth?(): Promise<bigint>
  /** RPC providers of a guardian, if the drill is about them. */
  providers?(guardian: number): readonly string[]
  /** What the protocol's owner does about it while the brake holds. */
  mend(): Promise<void>
  /** Closes what it opened. */
  end?(): Promise<void>
}

/** `count` equal steps. */
export function steps(count: number, seconds: number, minutes: number): Tick[] {
  return Array.from({ length: count }, () => ({ seconds, minutes }))
}

/** Ticks before the attack in which its preparations look like anybody's business. */
export const PREPARING_TICKS = 8

/** Forty one-second blocks around the attack, then ninety minutes, a block each. */
export const ATTACK_TICKS: readonly Tick[] = [...steps(40, 1, 0.25), ...steps(90, 60, 1)]

/** The attacker outbids everybody else. */
export const ATTACKER_TIP_WEI = 500n * 10n ** 9n
