export interface BacklogLimits {
  readonly frames: number
  readonly bytes: number
}

/** Frames that wait until the peer has read what was sent before. */
export interface Backlog {
  /** Returns how many of the oldest had to go. */
  push(frame: Uint8Array): number
  shift(): Uint8Array | null
  readonly length: number
}

/**
 * Keeps the newest. Consensus repeats whatever still matters, so that what is lost comes again, while what is old would
 * only keep the peer from what is new.
 */
export function createBacklog(limits: BacklogLimits): Backlog {
  let frames: Uint8Array[] = []
  /** How many of them have been taken. */
  let taken = 0
  let bytes = 0
  const shift = (): Uint8Array | null => {
    const frame = frames[taken]
    if (frame === undefined) return null
    bytes -= frame.length
    taken++
    if (taken * 2 >= frames.length) {
      frames = frames.slice(taken)
      taken = 0
    }
    return frame
  }
  const backlog: Backlog = {
    push(frame) {
      frames.push(frame)
      bytes += frame.length
      let dropped = 0
      while (backlog.length > 1 && (backlog.length > limits.frames || bytes > limits.bytes)) {
        shift()
        dropped++
      }
      return dropped
    },
    shift,
    get length() {
      return frames.length - taken
    },
  }
  return backlog
}
