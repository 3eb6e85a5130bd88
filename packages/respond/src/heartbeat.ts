import type { Evaluation } from '@breakwater/detect'
import type { Heartbeat } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import { heartbeatSecondsOf, LAST_HEARTBEAT, reactionsOf } from './needs.ts'

/** Guardians let themselves be heard this many times in the time after which they count as silent. */
const BEATS_PER_SILENCE = 4n
/** So many blocks are candidates in that time: one that few guardians saw as the newest costs little. */
const SLOTS_PER_SILENCE = 16n

/**
 * The heartbeat that is due in a block, by what the breaker said in that block: the same for every guardian that judged
 * it. Only the first block of each slot of time can be one, so that guardians who began at different moments sign the
 * same.
 * @param parentSeconds timestamp of the block before
 */
export function dueHeartbeat(
  spec: Spec,
  epoch: bigint,
  { block, facts }: Evaluation,
  parentSeconds: bigint,
): Heartbeat | null {
  const { guardians, chainId } = spec
  const silence = shortestSilence(spec, facts)
  const last = facts.calls.get(LAST_HEARTBEAT)
  if (guardians === undefined || silence === null || last === undefined || !last.ok) return null
  const { number: anchorNumber, hash: anchorHash, timestampSeconds: anchorSeconds } = block
  const isDue = anchorSeconds >= last.value + silence / BEATS_PER_SILENCE
  const slotSeconds = silence / SLOTS_PER_SILENCE + 1n
  const isFirst = anchorSeconds / slotSeconds !== parentSeconds / slotSeconds
  if (!isDue || !isFirst) return null
  return { chainId, breaker: guardians.breaker, epoch, anchorNumber, anchorHash, anchorSeconds }
}

/** The shortest time after which guardians count as silent for a target; `null` without any. */
function shortestSilence(spec: Spec, { calls }: Evaluation['facts']): bigint | null {
  const all = reactionsOf(spec).flatMap(({ target }) => {
    const read = calls.get(heartbeatSecondsOf(target))
    return read?.ok && read.value > 0n ? [read.value] : []
  })
  return all.length === 0 ? null : all.reduce((least, next) => (next < least ? next : least))
}
