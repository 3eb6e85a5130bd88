import { createDriver, createSigning, type Driver, type Listener, type Wal } from '@breakwater/consensus'
import type { Evaluation, Timeline } from '@breakwater/detect'
import {
  type Action,
  type Address,
  BaseError,
  type BlockRef,
  type Clock,
  type Hex,
  type Net,
} from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { type Carrier, createCarrier, createRespondDuty, reactionsOf, type Sender } from '@breakwater/respond'
import type { Spec } from '@breakwater/spec'
import type { Logger } from 'pino'
import type { Events } from '../events.ts'
import type { Metrics } from '../metrics.ts'
import type { Evaluations } from '../watch/evaluations.ts'
import type { Incidents } from './incidents.ts'
import type { GuardianSet } from './registry.ts'

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
  wal: Wal & { recovered: readonly Uint8Array[] }
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
  start(): Promise<void>
  onEvaluated(evaluation: Evaluation): void
  onOrphaned(removed: readonly BlockRef[]): void
  /** Whether the guardians still order anything. */
  isStalled(): boolean
  status(): ReturnType<Driver['status']>
  stop(): Promise<void>
}

/** Heartbeats without a finalized block after which too few guardians answer. */
const STALLED_HEARTBEATS = 3

/** @throws NODE_NOT_GUARDIAN when the registry does not know this identity. */
export function createActor(options: ActorOptions, deps: ActorDeps): Actor {
  const { spec, set, signer, clock, events, metrics, incidents, log, timeline, evaluations } = deps
  const self = set.guardians.indexOf(signer.address)
  if (self < 0 || spec.guardians === undefined) throw notGuardian(signer.address, spec)
  const { registry } = spec.guardians
  const carrier = createGuardianCarrier(options, deps, self)
  let finalizedAtMs = clock.nowMs()
  let stalled = false
  let cancel = () => {}

  const driver: Driver = createDriver({
    config: {
      ...{ guardians: set.guardians, self, epoch: set.epoch, chainId: spec.chainId, registry },
      ...{ deltaMs: options.deltaMs, heartbeatMs: options.heartbeatMs, signing: createSigning(signer) },
    },
    duty: createRespondDuty({
      ...{ spec, epoch: set.epoch },
      head: () => (deps.canVote() ? evaluations.head() : null),
      evaluation: async (hash, signal) => {
        const evaluation = await evaluations.wait(hash, signal)
        return deps.canVote() ? evaluation : null
      },
      isAncestor: timeline.isAncestor,
    }),
    ...{ clock, net: deps.net, wal: deps.wal },
    listener: listen(deps, carrier, {
      onFinalized(actions) {
        finalizedAtMs = clock.nowMs()
        for (const action of actions) driver.attest(incidentDigest(deps, action))
      },
    }),
  })
  const watchProgress = () => {
    const { view, finalized } = driver.status()
    metrics.view.set(Number(view))
    metrics.finalizedView.set(Number(finalized.view))
    const isSilent = clock.nowMs() - finalizedAtMs > STALLED_HEARTBEATS * options.heartbeatMs
    if (isSilent !== stalled) {
      stalled = isSilent
      metrics.stalled.set(stalled ? 1 : 0)
      const state = stalled ? 'stalled' : 'ok'
      log.warn({ state, view: view.toString() }, 'consensus')
      events.emit({ type: 'consensus', state, view, finalizedView: finalized.view, sinceMs: finalizedAtMs })
    }
    cancel = clock.schedule(options.heartbeatMs / 4, watchProgress)
  }
  return {
    async start() {
      await driver.start(deps.wal.recovered)
      watchProgress()
    },
    onEvaluated({ facts, block }) {
      for (const incident of incidents.executedBy(facts)) {
        carrier?.settle(incident.id)
        const digest = incidents.digestOf(incident.id)
        if (digest !== null) driver.forget(digest)
        events.emit({ type: 'incident', incident })
      }
      carrier?.onBlock(block.timestampSeconds)
      driver.refresh()
    },
    onOrphaned(removed) {
      for (const { incident, action, certificate } of incidents.orphaned(removed)) {
        if (incident.status === 'void') carrier?.settle(incident.id)
        else if (action !== null && certificate !== null) carrier?.carry(action, certificate)
        events.emit({ type: 'incident', incident })
      }
      driver.refresh()
    },
    isStalled: () => stalled,
    status: () => driver.status(),
    async stop() {
      cancel()
      await driver.stop()
      await carrier?.stop()
    },
  }
}

function incidentDigest({ incidents }: ActorDeps, action: Action): Hex {
  const digest = incidents.digestOf(action.incidentId)
  if (digest === null) throw new BaseError('KERNEL_ASSERTION', `incident ${action.incidentId} was not agreed`)
  return digest
}

/** What consensus tells: agreed actions are recorded and signed, certified ones carried. */
function listen(
  deps: ActorDeps,
  carrier: Carrier | null,
  { onFinalized }: { onFinalized(toSign: readonly Action[]): void },
): Listener<Action> {
  const { spec, incidents, events, metrics, clock, log, evaluations, timeline } = deps
  const aliasOf = (address: Address) =>
    [...spec.contracts.values()].find((contract) => contract.address === address)?.alias ?? address
  const reaction = (action: Action) =>
    reactionsOf(spec).find(({ target, level }) => target.address === action.target && level === action.level)
  return {
    finalized(_at, actions) {
      const nowSeconds =
        evaluations.head()?.block.timestampSeconds ?? BigInt(Math.floor(clock.nowMs() / 1000))
      for (const action of actions) {
        const response = reaction(action)
        const found =
          timeline.at(action.anchorHash)?.findings.filter((finding) => response?.matches(finding)) ?? []
        const incident = incidents.agreed(action, response?.id ?? 'unknown', found, aliasOf(action.target))
        if (incident !== null) events.emit({ type: 'incident', incident })
      }
      onFinalized(actions.filter(({ deadlineSeconds }) => deadlineSeconds > nowSeconds))
    },
    certified(certificate) {
      const certified = incidents.certified(certificate)
      if (certified === null) return
      metrics.certificates.inc()
      const seen = timeline.at(certified.action.anchorHash)?.facts.observed.atMs
      if (seen !== undefined) metrics.certificate.observe((clock.nowMs() - seen) / 1000)
      carrier?.carry(certified.action, certificate)
      events.emit({ type: 'incident', incident: certified.incident })
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
    failed: deps.onFailed,
  }
}

function createGuardianCarrier(options: ActorOptions, deps: ActorDeps, self: number): Carrier | null {
  const { sender, clock, log, metrics, events } = deps
  if (sender === null) return null
  return createCarrier(
    {
      guardians: deps.set.guardians.length,
      self,
      staggerMs: options.staggerMs,
      rebidMs: 4 * options.staggerMs,
    },
    sender,
    clock,
    {
      sent(incidentId, txHash, bid) {
        log.info({ incidentId, txHash, tip: bid.maxPriorityFeePerGas.toString() }, 'sent')
        events.emit({ type: 'carried', incidentId, txHash })
      },
      problem(incidentId, error) {
        metrics.errors.inc({ part: 'carrier' })
        log.warn({ incidentId, error }, 'an action could not be sent')
      },
      gaveUp(incidentId) {
        metrics.errors.inc({ part: 'carrier' })
        log.error({ incidentId }, 'the deadline of an action passed before it was included')
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
