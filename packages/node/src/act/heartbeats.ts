import type { Evaluation } from '@breakwater/detect'
import { type Certificate, type Heartbeat, type Hex, heartbeatDigest } from '@breakwater/kernel'
import { dueHeartbeat, type Errand, heartbeatErrand, LAST_HEARTBEAT } from '@breakwater/respond'
import type { Spec } from '@breakwater/spec'

/** This guardian's part in letting the breaker know that guardians are there. */
export interface Heartbeats {
  /** A block was judged with clear sight: answers what there is to sign, if one is due in it. */
  due(evaluation: Evaluation, parentSeconds: bigint): Hex | null
  /** Answers what there is to carry, when the certificate is one of a heartbeat that was signed. */
  certified(certificate: Certificate): Errand | null
  /** What the breaker has heard in the meantime: digests that need no more effort. */
  heard(evaluation: Evaluation): readonly Hex[]
}

/** Block time in which a heartbeat is brought in, or given up for the next one. */
const PATIENCE_SECONDS = 600n

export function createHeartbeats(spec: Spec, epoch: bigint): Heartbeats {
  const open = new Map<Hex, Heartbeat>()
  return {
    due(evaluation, parentSeconds) {
      const heartbeat = dueHeartbeat(spec, epoch, evaluation, parentSeconds)
      if (heartbeat === null) return null
      const digest = heartbeatDigest(heartbeat)
      open.set(digest, heartbeat)
      return digest
    },
    certified(certificate) {
      const heartbeat = open.get(certificate.digest)
      if (heartbeat === undefined) return null
      return heartbeatErrand(heartbeat, certificate, heartbeat.anchorSeconds + PATIENCE_SECONDS)
    },
    heard({ block, facts }) {
      const last = facts.calls.get(LAST_HEARTBEAT)
      const heardSeconds = last?.ok ? last.value : 0n
      const over = [...open].filter(
        ([, { anchorSeconds }]) =>
          anchorSeconds <= heardSeconds || anchorSeconds + PATIENCE_SECONDS < block.timestampSeconds,
      )
      return over.map(([digest]) => {
        open.delete(digest)
        return digest
      })
    },
  }
}
