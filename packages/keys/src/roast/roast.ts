/**
 * One guardian's part in signing with the group's key: signer, coordinator when it is its turn, and judge of what others
 * call a signature. Deterministic, without clock, network, disk, randomness or secret: what needs those is an effect.
 *
 * For each digest all members coordinate in turn, the proposal's leader first and each next one `takeoverMs` later,
 * until there is a signature. Sessions of several coordinators do not disturb each other: each has nonces of its own.
 * @module
 */
import { assert, type Hex, unreachable } from '@breakwater/kernel'
import { type GroupKey, type GroupSignature, verifyGroupSignature } from '../frost.ts'
import { type Group, groupKeyOf } from '../frostGroup.ts'
import type { SigningResult } from '../signingEngine.ts'
import { type Coordinator, createCoordinator } from './coordinator.ts'
import type { RoastEffect, RoastEvent, RoastTimer } from './effect.ts'
import type { RoastMessage } from './message.ts'
import { createSigner, type Signer } from './signer.ts'
import { createStock, type Stock } from './stock.ts'

/** Digests that are remembered; beyond, the oldest is forgotten. */
const MAX_DIGESTS = 256
/** Signatures that one guardian may bring before their digest is final here. */
const MAX_EARLY = 8

export interface RoastOptions {
  readonly group: Group
  /** This guardian's number; a member. */
  readonly self: number
  /** How long a session may take before another one is called. */
  readonly patienceMs: number
  /** How long a coordinator may take before the next one coordinates too. */
  readonly takeoverMs: number
  /** Guardians that earlier runs banned. */
  readonly banned: readonly number[]
}

export interface Roast {
  /** Effects are to be performed in order. */
  step(event: RoastEvent): readonly RoastEffect[]
}

/** What is known of one digest. */
interface Work {
  finalized: boolean
  coordinator: Coordinator | null
  signature: GroupSignature | null
  /** Who has sent something that is no signature: heard once. */
  readonly mistaken: Set<number>
}

interface State {
  readonly options: RoastOptions
  readonly key: GroupKey
  readonly stock: Stock
  readonly signer: Signer
  readonly works: Map<Hex, Work>
  /** By guardian: signatures over digests that are not final here yet. */
  readonly early: Map<number, Map<Hex, GroupSignature>>
  readonly emit: (effect: RoastEffect) => void
}

export function createRoast(options: RoastOptions): Roast {
  const { group, self, banned } = options
  assert(group.members.includes(self), `guardian ${self} is no member of the group`)
  const effects: RoastEffect[] = []
  /** What this guardian says to itself. */
  const inbox: RoastMessage[] = []
  const emit = (effect: RoastEffect): void => {
    if (effect.kind === 'send' && effect.to === self) inbox.push(effect.message)
    else effects.push(effect)
  }
  const stock = createStock(group, banned)
  const signer = createSigner({ group, self, wants: (guardian) => !stock.has(guardian), emit })
  const key = groupKeyOf(group)
  const state: State = { options, key, stock, signer, works: new Map(), early: new Map(), emit }
  return {
    step(event) {
      handle(state, event)
      for (let message = inbox.shift(); message !== undefined; message = inbox.shift()) {
        receive(state, self, message)
      }
      return effects.splice(0)
    },
  }
}

function handle(state: State, event: RoastEvent): void {
  const { group, self } = state.options
  switch (event.kind) {
    case 'start':
      for (const member of group.members) state.signer.publish(member, true)
      break
    case 'notarized':
      if (rankOf(group, self, event.leader) === 0) coordinate(state, event.digest)
      break
    case 'finalized':
      finalize(state, event.digest, event.leader)
      break
    case 'forget':
      forget(state, event.digest)
      break
    case 'message':
      if (event.from !== self && group.members.includes(event.from)) receive(state, event.from, event.message)
      break
    case 'timer':
      onTimer(state, event.timer)
      break
    case 'result':
      onResult(state, event.result)
      break
    default:
      unreachable(event)
  }
}

function workOf(state: State, digest: Hex): Work {
  const { works } = state
  const work = works.get(digest) ?? {
    finalized: false,
    coordinator: null,
    signature: null,
    mistaken: new Set(),
  }
  works.set(digest, work)
  const [oldest] = works.keys()
  if (works.size > MAX_DIGESTS && oldest !== undefined) forget(state, oldest)
  return work
}

function forget({ works, signer }: State, digest: Hex): void {
  works.delete(digest)
  signer.forget(digest)
}

function finalize(state: State, digest: Hex, leader: number): void {
  const { group, self, takeoverMs } = state.options
  const work = workOf(state, digest)
  if (work.finalized) return
  work.finalized = true
  for (const [from, signatures] of state.early) {
    const signature = signatures.get(digest)
    signatures.delete(digest)
    if (signature !== undefined) hear(state, from, digest, signature)
  }
  state.signer.finalized(digest)
  const rank = rankOf(group, self, leader)
  if (rank === 0) coordinate(state, digest)
  else state.emit({ kind: 'timer', timer: { kind: 'takeover', digest }, delayMs: rank * takeoverMs })
  work.coordinator?.expect()
}

/** Whose turn it is to coordinate: the leader's or, where that is no member, the next one's, and so on around. */
function rankOf({ members }: Group, self: number, leader: number): number {
  const next = members.findIndex((member) => member >= leader)
  return (members.indexOf(self) - Math.max(0, next) + members.length) % members.length
}

function coordinate(state: State, digest: Hex): void {
  const { options, stock, emit } = state
  const { group, self, patienceMs } = options
  const work = workOf(state, digest)
  if (work.signature !== null || work.coordinator !== null) return
  work.coordinator = createCoordinator({ group, digest, stock, patienceMs, emit })
  for (const to of group.members) {
    if (to === self || stock.has(to) || stock.isBanned(to)) continue
    emit({ kind: 'send', to, message: { kind: 'nonces', commitments: [], fresh: false, ask: true } })
  }
  work.coordinator.proceed()
}

function receive(state: State, from: number, message: RoastMessage): void {
  const { works, stock, signer, emit } = state
  switch (message.kind) {
    case 'nonces':
      stock.add(from, message.commitments, message.fresh)
      if (message.ask) signer.publish(from, false)
      for (const { coordinator } of works.values()) coordinator?.proceed()
      break
    case 'request': {
      const { digest } = message
      const signature = works.get(digest)?.signature
      if (signature) emit({ kind: 'send', to: from, message: { kind: 'signature', digest, ...signature } })
      else signer.request(from, message)
      break
    }
    case 'share': {
      const isNew = works.get(message.digest)?.coordinator?.receive(from, message) ?? false
      if (isNew) stock.add(from, [message.next], false)
      break
    }
    case 'signature': {
      const { digest, rx, ry, z } = message
      hear(state, from, digest, { rx, ry, z })
      break
    }
    default:
      unreachable(message)
  }
}

/** What `from` calls the group's signature. */
function hear(state: State, from: number, digest: Hex, signature: GroupSignature): void {
  const work = state.works.get(digest)
  if (!work?.finalized) {
    const early = state.early.get(from) ?? new Map<Hex, GroupSignature>()
    state.early.set(from, early.set(digest, signature))
    const [oldest = '0x'] = early.keys()
    if (early.size > MAX_EARLY) early.delete(oldest)
  } else if (work.signature === null && !work.mistaken.has(from)) {
    if (verifyGroupSignature(digest, state.key, signature)) settle(state, digest, work, signature)
    else work.mistaken.add(from)
  }
}

function settle({ emit }: State, digest: Hex, work: Work, signature: GroupSignature): void {
  work.signature = signature
  work.coordinator?.close()
  emit({ kind: 'signature', digest, signature })
}

function onTimer(state: State, timer: RoastTimer): void {
  const work = state.works.get(timer.digest)
  if (work === undefined) return
  if (timer.kind === 'patience') {
    work.coordinator?.runOut(timer.session)
  } else {
    coordinate(state, timer.digest)
    work.coordinator?.expect()
  }
}

function onResult(state: State, result: SigningResult): void {
  if (result.kind !== 'checked') {
    state.signer.done(result)
    return
  }
  const { digest } = result
  const work = state.works.get(digest)
  const signature = work?.coordinator?.checked(result)
  if (!work || !signature || work.signature !== null) return
  settle(state, digest, work, signature)
  state.emit({ kind: 'send', to: 'all', message: { kind: 'signature', digest, ...signature } })
}
