/** A signer's side of ROAST: it gives shares for what the log has finalized, to whoever coordinates, and for nothing else. */
import type { Hex } from '@breakwater/kernel'
import type { Group } from '../frostGroup.ts'
import type { SigningResult } from '../signingEngine.ts'
import type { RoastEffect } from './effect.ts'
import { NONCE_BATCH, type SignRequest } from './message.ts'

/** Digests for which a coordinator may have asked before they are final. */
const MAX_EARLY = 8

type Prepared = Extract<SigningResult, { kind: 'prepared' }>
type Signed = Extract<SigningResult, { kind: 'signed' }>

export interface Signer {
  /** Publishes nonces for one coordinator. `fresh`: what it had before is void. */
  publish(coordinator: number, fresh: boolean): void
  request(from: number, request: SignRequest): void
  finalized(digest: Hex): void
  forget(digest: Hex): void
  done(result: Prepared | Signed): void
}

export interface SignerOptions {
  readonly group: Group
  readonly self: number
  /** Whether this guardian has none of another's nonces. */
  readonly wants: (coordinator: number) => boolean
  readonly emit: (effect: RoastEffect) => void
}

interface State extends SignerOptions {
  /** By digest that is final: how many sessions each coordinator has called. */
  readonly allowed: Map<Hex, Map<number, number>>
  /** By coordinator: what it asked for too early, the latest request for each digest. */
  readonly early: Map<number, Map<Hex, SignRequest>>
  /** By coordinator for which nonces are being made: whether they are all that it has. */
  readonly preparing: Map<number, boolean>
}

export function createSigner(options: SignerOptions): Signer {
  const state: State = { ...options, allowed: new Map(), early: new Map(), preparing: new Map() }
  const { group, self, allowed, early } = state
  return {
    publish: (coordinator, fresh) => publish(state, coordinator, fresh),
    request(from, request) {
      if (!isComplete(group, self, request)) return
      if (allowed.has(request.digest)) answer(state, from, request)
      else keep(state, from, request)
    },
    finalized(digest) {
      if (allowed.has(digest)) return
      allowed.set(digest, new Map())
      for (const [from, waiting] of early) {
        const request = waiting.get(digest)
        waiting.delete(digest)
        if (request !== undefined) answer(state, from, request)
      }
    },
    forget(digest) {
      allowed.delete(digest)
      for (const waiting of early.values()) waiting.delete(digest)
    },
    done(result) {
      if (result.kind === 'prepared') tell(state, result)
      else give(state, result)
    },
  }
}

function publish({ preparing, emit }: State, coordinator: number, fresh: boolean): void {
  if (preparing.has(coordinator)) return
  preparing.set(coordinator, fresh)
  emit({ kind: 'job', job: { kind: 'prepare', coordinator, count: NONCE_BATCH } })
}

function tell({ self, preparing, wants, emit }: State, { coordinator: to, commitments }: Prepared): void {
  const fresh = preparing.get(to) ?? false
  preparing.delete(to)
  emit({ kind: 'send', to, message: { kind: 'nonces', commitments, fresh, ask: to !== self && wants(to) } })
}

function keep({ early }: State, from: number, request: SignRequest): void {
  const waiting = early.get(from) ?? new Map<Hex, SignRequest>()
  early.set(from, waiting.set(request.digest, request))
  const [oldest = '0x'] = waiting.keys()
  if (waiting.size > MAX_EARLY) waiting.delete(oldest)
}

/** No coordinator needs more sessions than n − t + 1 (see `coordinator.ts`); who asks for more wastes nonces. */
function answer(
  { group, allowed, emit }: State,
  from: number,
  { digest, session, signers }: SignRequest,
): void {
  const called = allowed.get(digest)
  const count = (called?.get(from) ?? 0) + 1
  if (called === undefined || count > group.members.length - group.threshold + 1) return
  called.set(from, count)
  emit({ kind: 'job', job: { kind: 'sign', coordinator: from, session, task: { digest, signers } } })
}

function give(state: State, { coordinator: to, digest, session, signed }: Signed): void {
  if (signed === null) {
    // The coordinator holds nonces from before a restart, or has used them already.
    publish(state, to, true)
  } else if (state.allowed.has(digest)) {
    state.emit({ kind: 'send', to, message: { kind: 'share', digest, session, ...signed } })
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
