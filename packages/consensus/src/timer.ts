import type { TimerName } from './effect.ts'
import { emit, type State } from './state.ts'

const MAX_SCALE_LOG2 = 3

/** How many rounds of leaders have passed since the view of the last finalized block. */
export function roundsInVain({ view, finalization, config }: State): number {
  return Math.floor(Number(view - 1n - (finalization?.view ?? 0n)) / config.guardians.length)
}

/** Each round of leaders without a finalized block doubles the time that a view is given, up to 8 times. */
export function viewDeltaMs(state: State): number {
  return state.config.deltaMs * 2 ** Math.min(MAX_SCALE_LOG2, roundsInVain(state))
}

export function setTimer(state: State, name: TimerName, delayMs: number): void {
  emit(state, { kind: 'timer', name, view: state.view, delayMs })
}
