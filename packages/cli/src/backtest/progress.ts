import type { Clock } from '@breakwater/kernel'
import type { Terminal } from '../terminal.ts'
import type { Range } from './range.ts'

export interface Progress {
  /** The block `number` is done. */
  at(number: bigint): void
}

/** A line that moves, for who watches. */
const EVERY_MS = 200
/** A line of its own, for who reads it later. */
const NOTE_EVERY_MS = 10_000

/** Shows how far a replay is, how fast, and how long it will take, on stderr. */
export function createProgress(range: Range, warmFrom: bigint, terminal: Terminal, clock: Clock): Progress {
  const startMs = clock.nowMs()
  let [shownMs, notedMs] = [startMs, startMs]
  return {
    at(number) {
      const nowMs = clock.nowMs()
      if (nowMs - shownMs < EVERY_MS) return
      shownMs = nowMs
      const line = progressText(range, warmFrom, number, (nowMs - startMs) / 1_000)
      terminal.progress(line)
      if (nowMs - notedMs < NOTE_EVERY_MS) return
      notedMs = nowMs
      if (process.stderr.isTTY !== true) terminal.note(line)
    },
  }
}

/** `block 1200, 43 %, 512 blocks/s, 12 s left`; before the first block that is judged, what it does there. */
export function progressText({ from, to }: Range, warmFrom: bigint, number: bigint, seconds: number): string {
  const done = Number(number - warmFrom) + 1
  const all = Number(to - warmFrom) + 1
  const perSecond = seconds > 0 ? done / seconds : 0
  const leftSeconds = perSecond > 0 ? (all - done) / perSecond : 0
  const left = leftSeconds < 120 ? `${Math.ceil(leftSeconds)} s` : `${Math.ceil(leftSeconds / 60)} min`
  const phase = number < from ? 'filling windows: ' : ''
  return `${phase}block ${number}, ${Math.floor((100 * done) / all)} %, ${Math.round(perSecond)} blocks/s, ${left} left`
}
