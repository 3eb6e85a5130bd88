/** A signer's side of ROAST: it gives shares for what the log has finalized, to whoever coordinates, and for nothing else. */
import type { Hex } from '@breakwater/kernel'
import type { Group } from './frostGroup.ts'
import type { RoastEffect } from './roastEffect.ts'
import { NONCE_BATCH, type SignRequest } from './roastMessage.ts'
import type { SigningResult } from './signingEngine.ts'

/** Digests for which a coordinator may have asked before they are final. */
const MAX_EARLY = 8

export interface Signer {
  /** Publishes nonces for one coordinator. `fresh`: what it had before is void. */
  publish(coordinator: number, fresh: boolean): void
  request(from: number, request: SignRequest): void
  finalized(digest: Hex): void
  forget(digest: Hex): void
  done(result: Extract<SigningResult, { kind: 'prepared' | 'signed' }>): void
}

/** @param wants whether this guardian has none of the coordinator's nonces */
export function createSigner(options: {
  group: Group
  self: number
  wants(coordinator: number): boolean
  emit(effect: RoastEffect): void
}): Signer {
  const { group, self, wants, emit } = options
  /** By digest: how many sessions each coordinator has called. */
  const allowed = new Map<Hex, Map<number, number>>()
  /** By coordinator: what it asked for too early, the latest request for each digest. */
  const early = new Map<number, Map<Hex, SignRequest>>()
  /** By coordinator for which nonces are being made: whether they are all that it has. */
  const preparing = new Map<number, boolean>()

  const publish = (coordinator: number, fresh: boolean): void => {
    if (preparing.has(coordinator)) return
    preparing.set(coordinator, fresh)
    emit({ kind: 'job', job: { kind: 'prepare', coordinator, count: NONCE_BATCH } })
  }
  /** No coordinator needs more sessions than n − t + 1 (see `roastCoordinator.ts`); who asks for more wastes nonces. */
  const answer = (
    from: number,
    { digest, session, signers }: SignRequest,
    called: Map<number, number>,
  ): void => {
    const count = (called.get(from) ?? 0) + 1
    if (count > group.members.length - group.threshold + 1) return
    called.set(from, count)
    emit({ kind: 'job', job: { kind: 'sign', coordinator: from, session, task: { digest, signers } } })
  }

  return {
    publish,
    request(from, request) {
      if (!isComplete(group, self, request)) return
      const called = allowed.get(request.digest)
      if (called !== undefined) {
        answer(from, request, called)
        return
      }
      const waiting = early.get(from) ?? new Map<Hex, SignRequest>()
      early.set(from, waiting.set(request.digest, request))
      const [oldest = '0x'] = waiting.keys()
      if (waiting.size > MAX_EARLY) waiting.delete(oldest)
    },
    finalized(digest) {
      if (allowed.has(digest)) return
      const called = new Map<number, number>()
      allowed.set(digest, called)
      for (const [from, waiting] of early) {
        const request = waiting.get(digest)
        waiting.delete(digest)
        if (request !== undefined) answer(from, request, called)
      }
    },
    forget(digest) {
      allowed.delete(digest)
      for (const waiting of early.values()) waiting.delete(digest)
    },
    done(result) {
      const { coordinator: to } = result
      if (result.kind === 'prepared') {
        const { commitments } = result
        const fresh = preparing.get(to) ?? false
        preparing.delete(to)
        emit({
          kind: 'send',
          to,
          message: { kind: 'nonces', commitments, fresh, ask: to !== self && wants(to) },
        })
      } else if (result.signed === null) {
        // The coordinator holds nonces from before a restart, or has used them already.
        publish(to, true)
      } else {
        const { digest, session, signed } = result
        if (allowed.has(digest))
          emit({ kind: 'send', to, message: { kind: 'share', digest, session, ...signed } })
      }
    },
  }
}

/** As many members as must sign, each once and in order, this guardian among them. */
function isComplete({ members, threshold }: Group, self: number, { signers }: SignRequest): boolean {
  const numbers = signers.map(({ guardian }) => guardian)
  return (
    numbers.length === threshold &&
    numbers.includes(self) &&
    numbers.every((number, i) => members.includes(number) && (i === 0 || number > (numbers[i - 1] ?? -1)))
  )
}
