import type { Facts, Values } from './facts.ts'
import type { Finding, Unknown } from './finding.ts'
import type { Known } from './known.ts'
import type { Needs } from './needs.ts'
import type { Quantity } from './quantity.ts'

/** The past of one block on its own branch, up to the longest window of the specification. */
export interface History {
  /** Sum of a series over `(t - windowSeconds, t]`; `warming` until the window has been watched whole. */
  sum(series: string, windowSeconds: number): Known<bigint>
  /** A call's or named value's result in the last block at or before `t - windowSeconds`. */
  ago(id: string, windowSeconds: number): Known<Quantity>
  /**
   * As much of a window as can be judged by what was there when it began: all of it if these results are known there,
   * else from where on they have been known; `null` while they are not.
   */
  stretch(ids: readonly string[], windowSeconds: number): Stretch | null
  /** Extreme value of a call or named value over the blocks of the window. */
  extreme(which: 'max' | 'min', id: string, windowSeconds: number): Known<Quantity>
}

/** A part of a window, up to now. */
export interface Stretch {
  /** Whether it is the whole window. */
  isWhole: boolean
  /** Exact sum of a series over it. */
  sum(series: string): bigint
  /** A call's or named value's result where it begins. */
  start(id: string): Quantity
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
