import type { Facts, Values } from './facts.ts'
import type { Finding, Unknown } from './finding.ts'
import type { Known } from './known.ts'
import type { Needs } from './needs.ts'
import type { Quantity } from './quantity.ts'

/** The past of one block on its own branch, up to the longest window of the specification. */
export interface History {
  /** Sum of a series over `(t - windowSeconds, t]`; `warming` until the window has been watched whole. */
  sum(series: string, windowSeconds: number): Known<bigint>
  /** The same over as much of the window as has been watched: exact for a shorter window. */
  partialSum(series: string, windowSeconds: number): bigint
  /** A call's or named value's result in the last block at or before `t - windowSeconds`. */
  ago(id: string, windowSeconds: number): Known<Quantity>
  /** The same, or the oldest watched block's when the window reaches further back. */
  oldest(id: string, windowSeconds: number): Known<Quantity>
  /** Extreme value of a call or named value over the blocks of the window. */
  extreme(which: 'max' | 'min', id: string, windowSeconds: number): Known<Quantity>
}

/** One block as a detector sees it. */
export interface Scene {
  facts: Facts
  values: Values
  history: History
}

/**
 * A fold over blocks: pure, its state immutable and kept per block hash, so that a reorganisation
 * goes back by itself and the same code serves live blocks, simulated ones and history.
 */
export interface Detector<State> {
  id: string
  needs: Needs
  init: State
  step(state: State, scene: Scene): Step<State>
}

export interface Step<State> {
  state: State
  findings: readonly Finding[]
  unknown: readonly Unknown[]
}
