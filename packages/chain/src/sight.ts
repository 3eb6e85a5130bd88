import { type BaseError, type BlockRef, messageOf } from '@breakwater/kernel'
import type { Standing } from './consult.ts'
import type { Panel } from './panel.ts'
import { blockText } from './plan.ts'

export interface ProviderSight extends Standing {
  label: string
  /** Its newest head, as far as heard. */
  head: BlockRef | null
}

/**
 * How well the chain is seen.
 * - `starting`: nothing has been delivered yet, and nothing is wrong yet
 * - `clear`: each block was delivered, and all providers vouch for the newest
 * - `behind`: blocks are delivered, but old ones (catching up), or on the word of fewer providers than are configured
 * - `blind`: no block can be delivered: contradictions, no answers, or no new head for too long
 */
export interface Sight {
  state: 'starting' | 'clear' | 'behind' | 'blind'
  /** Why it is not clear; empty when it is. */
  reason: string
  /** When this state began, ms since 1970. */
  sinceMs: number
  /** Whether the newest block rests on the word of one provider, or on a header that was not recomputed. */
  isUnverified: boolean
  providers: readonly ProviderSight[]
}

/** What a sight is judged by. */
export interface Watch {
  panel: Panel
  /** The newest delivered block, or the one to begin behind; `null` while not even that is known. */
  head: BlockRef | null
  /** Whether the sink has been given a block, or knew blocks before. */
  hasStarted: boolean
  /** Why the last attempt to go on failed, if it did. */
  trouble: BaseError | null
  /** Why finality cannot be told, if so. */
  finalityTrouble: BaseError | null
  /** When the head last moved, ms since 1970. */
  movedAtMs: number
  staleMs: number
  isUnverified: boolean
}

/** A head this far above the delivered one is not just arriving. */
const CATCHING_UP_BLOCKS = 8n

/** The sight now; `before` tells since when, if it is the same. */
export function judgeSight(watch: Watch, before: Sight | null, nowMs: number): Sight {
  const [state, reason] = judge(watch, nowMs)
  return {
    state,
    reason,
    sinceMs: before?.state === state ? before.sinceMs : nowMs,
    isUnverified: watch.isUnverified,
    providers: [...watch.panel.members].map(([label, { standing, head }]) => ({
      label,
      ...standing,
      head: head?.ref ?? null,
    })),
  }
}

/** Whether anybody has to be told: heads alone move all the time. */
export function isSameSight(a: Sight, b: Sight): boolean {
  return (
    a.state === b.state &&
    a.reason === b.reason &&
    a.isUnverified === b.isUnverified &&
    a.providers.every(({ state, reason }, i) => {
      const other = b.providers[i]
      return state === other?.state && reason === other.reason
    })
  )
}

function judge(watch: Watch, nowMs: number): [Sight['state'], string] {
  const { panel, head, trouble, finalityTrouble, staleMs } = watch
  if (trouble !== null) return ['blind', messageOf(trouble)]
  const members = [...panel.members]
  const doubtful = members.filter(([, { standing }]) => standing.state !== 'clear')
  const reasons = doubtful.map(([label, { standing }]) => `${label}: ${standing.reason}`).join('; ')
  if (members.every(([, { standing }]) => standing.state === 'down')) {
    return ['blind', `no provider answers: ${reasons}`]
  }
  if (members.some(([, { standing }]) => standing.state === 'conflict')) return ['blind', reasons]
  if (nowMs - watch.movedAtMs > staleMs) {
    return [
      'blind',
      `no new block for more than ${staleMs} ms, the newest is ${head === null ? 'unknown' : blockText(head)}`,
    ]
  }
  if (head === null || !watch.hasStarted) return ['starting', 'waiting for the first block']
  const top = panel.top()
  if (top !== null && top.ref.number > head.number + CATCHING_UP_BLOCKS) {
    return ['behind', 'catching up with the chain']
  }
  if (doubtful.length > 0) {
    return [
      'behind',
      `${members.length - doubtful.length} of ${members.length} providers vouch for the newest block: ${reasons}`,
    ]
  }
  if (finalityTrouble !== null) return ['behind', `finality is unknown: ${messageOf(finalityTrouble)}`]
  return ['clear', '']
}
