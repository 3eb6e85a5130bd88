/** What a guardian's core knows, and the few things that all of its parts do with it. */
import { type Address, assert, type Hex, type Judgement } from '@breakwater/kernel'
import type { VoteGuard } from '@breakwater/keys'
import type { Block } from './block.ts'
import { MAX_GUARDIANS, type QuorumCertificate } from './certificate.ts'
import { type Chain, createChain, type Entry } from './chain.ts'
import type { CoreEffect } from './effect.ts'
import { createEvidence, type EvidenceCollector } from './evidence.ts'
import { type Certified, faultsOf, type OwnVotes, type Rules } from './rules.ts'
import type { Signing } from './signing.ts'
import {
  createVoteDigest,
  FINALIZE,
  NO_BLOCK,
  NOTARIZE,
  NULLIFY,
  type SignedVote,
  type Vote,
  type VoteKind,
} from './vote.ts'

/** Votes and proposals of later views than these are not kept, only noticed. */
export const LOOKAHEAD_VIEWS = 16n
/** Votes of earlier views than these are forgotten: late ones help nobody, and evidence has been found by then. */
export const TAIL_VIEWS = 64n

export interface Config {
  /** Addresses of the epoch's guardians; the position is a guardian's number. */
  readonly guardians: readonly Address[]
  readonly self: number
  readonly epoch: bigint
  /** Chain and registry that judge evidence. */
  readonly chainId: bigint
  readonly registry: Address
  /** Bounds, once the network is well, a message's way plus a judgement plus a sync of the log. */
  readonly deltaMs: number
  /** How long a view stays without anything to order. */
  readonly heartbeatMs: number
  readonly signing: Signing
  /** Refuses votes that would convict this guardian, should the rules fail. Simulations of broken rules have none. */
  readonly guard?: VoteGuard
}

export interface View {
  readonly own: OwnVotes
  /** By digest. At most two are kept: one more than an honest leader makes. */
  readonly proposals: Map<Hex, Block>
  /** By digest; `weighed` once the judgement has led to a vote or to none. */
  readonly judgements: Map<Hex, 'asked' | Judgement | 'weighed'>
  /** By kind and guardian, the first of each. */
  readonly votes: Readonly<Record<VoteKind, Map<number, SignedVote>>>
  readonly certificates: Record<VoteKind, QuorumCertificate | null>
}

/** The block that a proposal of the current view would extend. */
export interface Tip {
  readonly view: bigint
  readonly digest: Hex
  /** The last finalized block that `entries` start after. */
  readonly base: Hex
  readonly entries: readonly Entry[]
}

export interface Offer {
  readonly payload: Uint8Array
  /** The block it is meant to follow. */
  readonly parent: Hex
  readonly history: OfferHistory
}

export interface OthersOffer {
  /** The view that it is meant for. */
  readonly view: bigint
  readonly payload: Uint8Array
  /** The payload's keccak256. */
  readonly digest: Hex
}

/** What has become of a payload that is offered again and again. */
export interface OfferHistory {
  /** The view in which it was met first. */
  readonly since: bigint
  /** How often this guardian has led with it. */
  tries: number
}

/** What is missing here and has to be asked for. */
export type Need =
  | { readonly kind: 'askBlocks'; readonly digest: Hex; readonly aboveView: bigint }
  | { readonly kind: 'askCertificates'; readonly fromView: bigint }

export interface State {
  readonly config: Config
  readonly rules: Rules
  readonly quorum: number
  readonly digestOf: (vote: Vote) => Hex
  readonly chain: Chain
  readonly evidence: EvidenceCollector
  readonly views: Map<bigint, View>
  readonly certified: Certified
  /** By guardian: the latest view it has voted in. */
  readonly latest: bigint[]
  /** By guardian: the payload it would have ordered in a view that this guardian leads. */
  readonly offers: Map<number, OthersOffer>
  readonly effects: CoreEffect[]
  replaying: boolean
  halted: boolean
  view: bigint
  /** It gives no vote below this view: see silence.ts. 0 with a whole log. */
  silentBelow: bigint
  /** Marks the answers to this start's questions. */
  nonce: Hex | null
  /** By guardian: the view that it has said it is in. */
  readonly positions: Map<number, bigint>
  /** The latest view with a certificate of any kind. */
  certifiedView: bigint
  finalization: QuorumCertificate | null
  /** The view in which this guardian last learned that a payload is final. */
  payloadFinalized: bigint
  tip: Tip | null
  offer: Offer | null
  /** By payload's digest, latest use last. */
  readonly histories: Map<Hex, OfferHistory>
  /** Blocks with others' offers, by digest, which this leader judges before it proposes one. */
  readonly candidates: Map<Hex, Block>
  /** By guardian: how many of its offers are among them. */
  readonly heard: Map<number, number>
  /** It still waits for these judgements. */
  hearing: boolean
  pace: {
    /** The view for which the heartbeat timer was set, and whether it waits for a finalization only. */
    armed: { readonly view: bigint; readonly short: boolean }
    heartbeatDue: boolean
    /** The view's timers run. */
    active: boolean
    /** The own offer is with the leader. */
    offered: boolean
  }
  need: Need | null
  /** What was asked for last, and how often. */
  asked: { readonly need: Need; readonly attempts: number } | null
}

export function createState(config: Config, rules: Rules): State {
  const count = config.guardians.length
  assert(count >= 1 && count <= MAX_GUARDIANS, `${count} guardians where 1 to ${MAX_GUARDIANS} belong`)
  assert(new Set(config.guardians).size === count, 'two guardians have one address')
  assert(config.guardians[config.self] !== undefined, `guardian ${config.self} is none of ${count}`)
  const views = new Map<bigint, View>()
  const chain = createChain()
  return {
    config,
    rules,
    quorum: rules.quorum(count),
    digestOf: createVoteDigest(config),
    chain,
    evidence: createEvidence(config.epoch, rules.isSlashable),
    views,
    certified: {
      notarized(view) {
        const final = chain.final()
        if (view === final.view) return final.digest
        const certificates = views.get(view)?.certificates
        return (certificates?.[NOTARIZE] ?? certificates?.[FINALIZE])?.digest ?? null
      },
      nullified: (view) => (views.get(view)?.certificates[NULLIFY] ?? null) !== null,
    },
    latest: config.guardians.map(() => 0n),
    offers: new Map(),
    effects: [],
    replaying: false,
    halted: false,
    view: 0n,
    silentBelow: 0n,
    nonce: null,
    positions: new Map(),
    certifiedView: 0n,
    finalization: null,
    payloadFinalized: 0n,
    tip: null,
    offer: null,
    histories: new Map(),
    candidates: new Map(),
    heard: new Map(),
    hearing: false,
    pace: { armed: { view: 0n, short: false }, heartbeatDue: false, active: false, offered: false },
    need: null,
    asked: null,
  }
}

/** The view's record, made when it is not there: callers bound `number`. */
export function viewOf(state: State, number: bigint): View {
  const known = state.views.get(number)
  if (known !== undefined) return known
  const view: View = {
    own: { notarize: null, nullify: false, finalize: null },
    proposals: new Map(),
    judgements: new Map(),
    votes: { [NOTARIZE]: new Map(), [NULLIFY]: new Map(), [FINALIZE]: new Map() },
    certificates: { [NOTARIZE]: null, [NULLIFY]: null, [FINALIZE]: null },
  }
  state.views.set(number, view)
  return view
}

export function leader(state: State): number {
  return state.rules.leaderOf(state.view, state.config.guardians.length)
}

export function isLeader(state: State): boolean {
  return leader(state) === state.config.self
}

/** Views count from 1, and a NULLIFY names no block. */
export function isWellFormed(vote: Vote): boolean {
  return vote.view > 0n && (vote.kind === NULLIFY) === (vote.digest === NO_BLOCK)
}

/** How many of the others may be lying. */
export function faults(state: State): number {
  return faultsOf(state.config.guardians.length)
}

/** What a log that is being read again shows: its finalized blocks, and faults. Nothing else happens by it. */
const REPLAYED: readonly CoreEffect['kind'][] = ['finalized', 'evidence', 'forked']

export function emit(state: State, effect: CoreEffect): void {
  if (!state.replaying || REPLAYED.includes(effect.kind)) state.effects.push(effect)
}
