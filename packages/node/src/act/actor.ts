import { createDriver, createSigning, type Listener } from '@breakwater/consensus'
import type { Evaluation, Timeline } from '@breakwater/detect'
import { type Action, type Address, BaseError, type Clock, type Net, type Rng } from '@breakwater/kernel'
import { createVoteGuard, type Signer } from '@breakwater/keys'
import {
  actionErrand,
  type Carrier,
  createCarrier,
  createRespondDuty,
  planResponses,
  reactionOf,
  registrationGaps,
  type Sender,
} from '@breakwater/respond'
import type { Spec } from '@breakwater/spec'
import type { Logger } from 'pino'
import type { Events } from '../events.ts'
import type { Metrics } from '../metrics.ts'
import type { Wal } from '../wal.ts'
import type { Evaluations } from '../watch/evaluations.ts'
import { createHeartbeats, type Heartbeats } from './heartbeats.ts'
import type { Entry } from './incident.ts'
import type { Incidents, IncidentText } from './incidents.ts'
import { createProgress } from './progress.ts'
import type { GuardianSet } from './registry.ts'
import { createVoting, type Voting } from './voting.ts'

export interface ActorOptions {
  /** Bound on a message's way plus a judgement plus a sync of the log. */
  deltaMs: number
  /** How long guardians stay silent without anything to order. */
  heartbeatMs: number
  /** How long each carrier waits for the ones before it. */
  staggerMs: number
}

export interface ActorDeps {
  spec: Spec
  set: GuardianSet
  signer: Signer
  net: Net
  wal: Wal
  /** It has had a log in this epoch, and not the one that it has now. */
  isLogLost: boolean
  rng: Rng
  /** `null`: others carry. */
  sender: Sender | null
  timeline: Timeline
  evaluations: Evaluations
  incidents: Incidents
  canVote(): boolean
  events: Events
  metrics: Metrics
  clock: Clock
  log: Logger
  onFailed(error: unknown): void
}

/** This guardian's part in deciding and acting. */
export interface Actor {
  start(): void
  onEvaluated(evaluation: Evaluation): void
  /** The chain went back. */
  onReorg(): void
  /** An incident is new or has another status. */
  onIncident(entry: Readonly<Entry>): void
  /** Whether the guardians still order anything. */
  isStalled(): boolean
  /** Why this guardian could not act, whatever it found. */
  obstacles(): readonly string[]
  status(): ReturnType<Voting['status']>
  stop(): Promise<void>
}

/** @throws NODE_NOT_GUARDIAN when the registry does not know this identity. */
export function createActor(options: ActorOptions, deps: ActorDeps): Actor {
  const { spec, set, signer, clock, incidents, evaluations } = deps
  const self = set.guardians.indexOf(signer.address)
  if (self < 0 || spec.guardians === undefined) throw notGuardian(signer.address, spec)
  const carrier = createGuardianCarrier(options, deps, self)
  const heartbeats = createHeartbeats(spec, set.epoch)
  const listener = listen(deps, carrier, heartbeats, (actions, isReplayed) => {
    progress.moved()
    ordered.push(...actions.map((action) => ({ action, isReplayed })))
    takeOrders()
  })
  const voting = openVoting(options, deps, { self, registry: spec.guardians.registry }, listener)
  /** What was ordered waits until there is a block, by whose time it can be judged what is over. */
  const ordered: { action: Action; isReplayed: boolean }[] = []
  const takeOrders = () => {
    if (evaluations.head() === null) return
    for (const { action, isReplayed } of ordered.splice(0)) {
      const digest = incidents.agreed(action, textOf(deps, action), isReplayed)
      if (digest !== null) voting.attest(digest)
    }
  }
  const progress = createProgress(options.heartbeatMs, clock, (change) => report(deps, voting, change))
  let obstacles: readonly string[] = []
  return {
    start() {
      voting.start(deps.isLogLost)
      progress.start()
    },
    onEvaluated(evaluation) {
      takeOrders()
      obstacles = obstaclesIn(deps, evaluation, obstacles)
      carrier?.onBlock(evaluation.block.timestampSeconds)
      beat(deps, heartbeats, voting, carrier, evaluation)
      voting.refresh()
    },
    onReorg: () => voting.refresh(),
    onIncident({ incident: { id, status }, order, certificate }) {
      if (order === null) return
      if (status === 'agreed') voting.attest(order.digest)
      else if (status === 'certified' && certificate !== null)
        carrier?.carry(actionErrand(order.action, certificate))
      else if (status !== 'certified') {
        carrier?.settle(id)
        voting.forget(order.digest)
      }
    },
    isStalled: progress.isStalled,
    obstacles: () => [...voting.obstacles(), ...obstacles],
    status: () => voting.status(),
    async stop() {
      progress.stop()
      await voting.stop()
      await carrier?.stop()
    },
  }
}

/** Begins anew with each driver: what the guard before the key knows comes from the log. */
function openVoting(
  options: ActorOptions,
  deps: ActorDeps,
  place: { self: number; registry: Address },
  listener: Omit<Listener<Action>, 'failed'>,
): Voting {
  const { spec, set, signer, clock, rng, net, wal, log, metrics, evaluations, onFailed } = deps
  const { deltaMs, heartbeatMs } = options
  const duty = createRespondDuty({
    ...{ spec, epoch: set.epoch, evaluation: evaluations.wait, isAncestor: deps.timeline.isAncestor },
    judged: (hash) => deps.timeline.at(hash) ?? null,
    head: () => (deps.canVote() ? evaluations.confirmed() : null),
  })
  return createVoting({
    create: (failed) =>
      createDriver({
        config: {
          ...{ ...place, guardians: set.guardians, epoch: set.epoch, chainId: spec.chainId },
          ...{ deltaMs, heartbeatMs, signing: createSigning(signer), guard: createVoteGuard(set.epoch) },
        },
        ...{ duty, clock, net, wal, listener: { ...listener, failed } },
      }),
    ...{ wal, clock, rng, onFailed },
    onTrouble(error) {
      if (error === null) return log.info('the log of own votes can be written again: voting')
      metrics.errors.inc({ part: 'votes' })
      log.error({ error }, 'the log of own votes cannot be written: not voting')
    },
  })
}

/** Who cannot vote cannot say that guardians see. */
function beat(
  { timeline, canVote }: ActorDeps,
  heartbeats: Heartbeats,
  voting: Voting,
  carrier: Carrier | null,
  evaluation: Evaluation,
): void {
  for (const digest of heartbeats.heard(evaluation)) {
    carrier?.settle(digest)
    voting.forget(digest)
  }
  const parent = timeline.at(evaluation.block.parentHash)
  if (parent === undefined || !canVote()) return
  const digest = heartbeats.due(evaluation, parent.block.timestampSeconds)
  if (digest !== null) voting.attest(digest)
}

/** Targets for which the breaker does not have this specification; told when it changes. */
function obstaclesIn({ spec, log }: ActorDeps, evaluation: Evaluation, before: readonly string[]) {
  const gaps = registrationGaps(spec, evaluation)
  const obstacles = [
    ...new Set(gaps.map(({ subject, missing }) => `cannot act on ${subject} without ${missing}`)),
  ]
  if (obstacles.join() !== before.join()) log.warn({ obstacles }, 'registrations with the breaker')
  return obstacles
}

/** What led to an action, as far as this guardian has seen its block. */
function textOf({ spec, timeline }: ActorDeps, action: Action): IncidentText {
  const response = reactionOf(spec, action)
  const evaluation = timeline.at(action.anchorHash)
  const proposal =
    evaluation === undefined
      ? undefined
      : planResponses(spec, evaluation).proposals.find(({ reaction }) => reaction.id === response?.id)
  return {
    rule: response?.id ?? 'unknown',
    target: response?.target.alias ?? action.target,
    findings: proposal?.findings.map(({ summary }) => summary) ?? [],
  }
}

/** What consensus tells: ordered actions are recorded and signed, certified ones carried. */
function listen(
  { incidents, metrics, clock, log, timeline }: ActorDeps,
  carrier: Carrier | null,
  heartbeats: Heartbeats,
  onOrdered: (actions: readonly Action[], isReplayed: boolean) => void,
): Omit<Listener<Action>, 'failed'> {
  return {
    finalized: (_at, actions, isReplayed) => onOrdered(actions, isReplayed),
    certified(certificate) {
      const beat = heartbeats.certified(certificate)
      if (beat !== null) carrier?.carry(beat)
      const action = incidents.certified(certificate)
      if (action === null) return
      metrics.certificates.inc()
      const seenAtMs = timeline.at(action.anchorHash)?.facts.observed.atMs
      if (seenAtMs !== undefined) metrics.certificate.observe((clock.nowMs() - seenAtMs) / 1000)
      carrier?.carry(actionErrand(action, certificate))
    },
    evidence(evidence) {
      metrics.errors.inc({ part: 'evidence' })
      log.error({ evidence }, 'a guardian signed two contradicting votes')
    },
    entered() {},
    problem(error, from) {
      metrics.errors.inc({ part: 'consensus' })
      log.warn({ error, from }, 'a message or a judgement failed')
    },
  }
}

function report(
  { metrics, events, log }: ActorDeps,
  voting: Voting,
  change: { isStalled: boolean; sinceMs: number } | null,
): void {
  const { view, finalized } = voting.status()
  metrics.view.set(Number(view))
  metrics.finalizedView.set(Number(finalized.view))
  if (change === null) return
  const state = change.isStalled ? 'stalled' : 'ok'
  metrics.stalled.set(change.isStalled ? 1 : 0)
  log.warn({ state, view: view.toString() }, 'consensus')
  events.emit({ type: 'consensus', state, view, finalizedView: finalized.view, sinceMs: change.sinceMs })
}

function createGuardianCarrier(options: ActorOptions, deps: ActorDeps, self: number): Carrier | null {
  const { sender, set, clock, log, metrics, events } = deps
  if (sender === null) return null
  const { staggerMs } = options
  return createCarrier(
    { guardians: set.guardians.length, self, staggerMs, rebidMs: 4 * staggerMs },
    sender,
    clock,
    {
      sent(id, txHash, bid) {
        log.info({ id, txHash, tip: bid.maxPriorityFeePerGas.toString() }, 'sent')
        events.emit({ type: 'carried', id, txHash })
      },
      problem(id, error) {
        metrics.errors.inc({ part: 'carrier' })
        log.warn({ id, error }, 'what is certified could not be sent')
      },
      gaveUp(id) {
        metrics.errors.inc({ part: 'carrier' })
        log.error({ id }, 'a deadline passed before what is certified was included')
      },
    },
  )
}

function notGuardian(address: Address, spec: Spec): BaseError {
  return new BaseError(
    'NODE_NOT_GUARDIAN',
    `${address} is no guardian of the registry ${spec.guardians?.registry}`,
    {
      meta: { address },
      hint: 'use the keystore of a registered guardian, or `mode: observe`',
    },
  )
}
