/**
 * The one loop around the core: connects it to clock, network, log and duty. It performs effects strictly in order
 * and sends nothing before what it rests on is durable. Events that arrive during a sync are taken at once; what
 * they cause waits its turn and shares the next sync.
 * @module
 */
import {
  BaseError,
  type Certificate,
  type Clock,
  type Duty,
  type FinalRef,
  type Hex,
  type Net,
} from '@breakwater/kernel'
import { type Attestor, createAttestor } from './attestor.ts'
import { MAX_PAYLOAD_BYTES } from './block.ts'
import { type Core, type CoreStatus, createCore } from './core.ts'
import type { CoreEffect, CoreEvent, Doubt, TimerName } from './effect.ts'
import type { Evidence, KeptVote } from './evidence.ts'
import { createJournal, type Journal, type Wal } from './journal.ts'
import { decodeMessage, encodeMessage, type Message } from './message.ts'
import { createOutbox, type Outbox, type Task } from './outbox.ts'
import { decodeRecord } from './record.ts'
import { createReplica, type Replica } from './replica.ts'
import type { Rules } from './rules.ts'
import type { Config } from './state.ts'

export interface Listener<Effect> {
  /** In the order of the log. After a restart everything comes again, marked `replayed`. */
  finalized(at: FinalRef, effects: readonly Effect[], replayed: boolean): void
  /** What this guardian has attested has the signatures of n - f guardians: once each. */
  certified(certificate: Certificate): void
  evidence(evidence: Evidence): void
  entered(view: bigint, leader: number): void
  /** A message, a judgement or a proposal that failed; the guardian goes on. `from`: whose message it was. */
  problem(error: unknown, from: number | null): void
  /** The guardian has stopped: its log cannot be written, or two logs were finalized. */
  failed(error: unknown): void
}

export interface Driver {
  /** Begins with the log's records, oldest first. @throws CONSENSUS_RECORD, CONSENSUS_RECORD_EPOCH */
  start(records: readonly Uint8Array[], doubt?: Doubt): void
  /** The duty may have something else to propose now. */
  refresh(): void
  /** Signs the digest of a finalized action and collects the others' signatures: `certified` tells the result. */
  attest(digest: Hex): void
  /** Nobody needs this digest's certificate any more. */
  forget(digest: Hex): void
  status(): CoreStatus
  /** The votes of the last views, its own and others', that this guardian keeps to prove faults with. */
  votes(): readonly KeptVote[]
  stop(): Promise<void>
}

export interface DriverOptions<Payload, State, Effect> {
  config: Config
  duty: Duty<Payload, State, Effect>
  clock: Clock
  net: Net
  wal: Wal
  listener: Listener<Effect>
  /** Simulations break one on purpose. */
  rules?: Rules
}

/** What the loop's parts share. */
interface Loop<Effect> {
  readonly options: Omit<DriverOptions<unknown, unknown, Effect>, 'duty'>
  readonly core: Core
  readonly replica: Replica<Effect>
  readonly attestor: Attestor
  readonly outbox: Outbox
  readonly journal: Journal
  readonly timers: Map<TimerName, () => void>
  /** Ends the judgements of the present view, if there are any. */
  judging: AbortController | null
  tip: Hex | null
  draining: Promise<void> | null
  stopped: boolean
}

export function createDriver<Payload, State, Effect>(options: DriverOptions<Payload, State, Effect>): Driver {
  const { config, clock, duty, listener } = options
  const core = createCore(config, options.rules)
  const loop: Loop<Effect> = {
    options,
    core,
    replica: createReplica(duty, config.epoch),
    attestor: createAttestor({
      config,
      clock,
      repeatMs: 4 * config.deltaMs,
      send: (to, attestation) => send(loop, to, attestation),
      onCertificate: (certificate) => listener.certified(certificate),
    }),
    outbox: createOutbox(),
    journal: createJournal(options.wal, core),
    timers: new Map(),
    judging: null,
    tip: null,
    draining: null,
    stopped: false,
  }
  let unsubscribe = (): void => {}
  return {
    start(encoded, doubt) {
      const records = encoded.map(decodeRecord)
      queue(loop, core.step({ kind: 'start', records, ...(doubt && { doubt }) }))
      unsubscribe = options.net.subscribe((from, bytes) => attempt(loop, () => receive(loop, from, bytes)))
    },
    refresh: () => offer(loop),
    attest: (digest) => attempt(loop, () => loop.attestor.attest(digest)),
    forget: (digest) => loop.attestor.forget(digest),
    status: () => core.status(),
    votes: () => core.votes(),
    async stop() {
      unsubscribe()
      halt(loop)
      await loop.draining
      const rest = loop.outbox.rest()
      if (rest.length > 0) await loop.journal.append(rest)
    },
  }
}

/** Nothing happens any more once the loop has stopped, and whatever fails in it stops it. */
function attempt<Effect>(loop: Loop<Effect>, task: () => void): void {
  if (loop.stopped) return
  try {
    task()
  } catch (error) {
    fail(loop, error)
  }
}

function feed<Effect>(loop: Loop<Effect>, event: CoreEvent): void {
  attempt(loop, () => queue(loop, loop.core.step(event)))
}

function queue<Effect>(loop: Loop<Effect>, effects: readonly CoreEffect[]): void {
  loop.journal.note(effects)
  loop.outbox.push(effects)
  loop.draining ??= drain(loop)
}

/** Starts in a later turn, so that a step is never taken within another. */
async function drain<Effect>(loop: Loop<Effect>): Promise<void> {
  await null
  try {
    while (!loop.stopped) {
      const task = loop.outbox.take()
      if (task === null) break
      if (task.kind === 'sync') await loop.journal.append(task.records)
      else perform(loop, task)
    }
  } catch (error) {
    fail(loop, error)
  }
  loop.draining = null
}

function perform<Effect>(loop: Loop<Effect>, task: Exclude<Task, { kind: 'sync' }>): void {
  const { clock, listener } = loop.options
  switch (task.kind) {
    case 'send':
      send(loop, task.to, task.message)
      break
    case 'timer': {
      const { name, view } = task
      loop.timers.get(name)?.()
      loop.timers.set(
        name,
        clock.schedule(task.delayMs, () => feed(loop, { kind: 'timer', name, view })),
      )
      break
    }
    case 'judge':
      judge(loop, task)
      break
    case 'tip':
      loop.tip = task.digest
      loop.replica.extend(task.ancestors)
      offer(loop)
      break
    case 'entered':
      loop.judging?.abort()
      loop.judging = null
      listener.entered(task.view, task.leader)
      offer(loop)
      break
    case 'finalized': {
      const { at, effects } = loop.replica.apply(task)
      listener.finalized(at, effects, task.replayed)
      break
    }
    case 'evidence':
      listener.evidence(task.evidence)
      break
    case 'forked':
      fail(loop, forkError(task.certificate.view))
  }
}

function send<Effect>(loop: Loop<Effect>, to: number | 'all', message: Message): void {
  const bytes = encodeMessage(loop.options.config.epoch, message)
  if (to === 'all') loop.options.net.broadcast(bytes)
  else loop.options.net.send(to, bytes)
}

function receive<Effect>(loop: Loop<Effect>, from: number, bytes: Uint8Array): void {
  let message: Message
  try {
    message = decodeMessage(loop.options.config.epoch, bytes)
  } catch (error) {
    loop.options.listener.problem(error, from)
    return
  }
  if (message.kind === 'attest') loop.attestor.receive(from, message)
  else feed(loop, { kind: 'message', from, message })
}

/** A judgement that fails is none: it neither helps nor hurries the block. */
function judge<Effect>(loop: Loop<Effect>, task: Extract<Task, { kind: 'judge' }>): void {
  const { digest, block, ancestors } = task
  loop.judging ??= new AbortController()
  const { signal } = loop.judging
  loop.replica.judge(block, ancestors, signal).then(
    (judgement) => feed(loop, { kind: 'judged', digest, judgement }),
    (error) => {
      if (signal.aborted) return
      attempt(loop, () => loop.options.listener.problem(error, null))
      feed(loop, { kind: 'judged', digest, judgement: 'abstain' })
    },
  )
}

/** Asked in each view, so that a duty with several things to propose can let them take turns. */
function offer<Effect>(loop: Loop<Effect>): void {
  if (loop.tip === null || loop.stopped) return
  feed(loop, { kind: 'offer', parent: loop.tip, payload: propose(loop) })
}

/** A guardian that cannot propose can still judge what others propose. */
function propose<Effect>({ replica, options }: Loop<Effect>): Uint8Array | null {
  try {
    const payload = replica.propose()
    if (payload === null || payload.length <= MAX_PAYLOAD_BYTES) return payload
    throw new BaseError('CONSENSUS_PAYLOAD_SIZE', `a payload to propose has ${payload.length} bytes`, {
      hint: `at most ${MAX_PAYLOAD_BYTES} are ordered at once`,
    })
  } catch (error) {
    options.listener.problem(error, null)
    return null
  }
}

function halt<Effect>(loop: Loop<Effect>): void {
  loop.stopped = true
  loop.judging?.abort()
  loop.attestor.stop()
  for (const cancel of loop.timers.values()) cancel()
}

function fail<Effect>(loop: Loop<Effect>, error: unknown): void {
  if (loop.stopped) return
  halt(loop)
  // What is on disk is unknown now: nothing more may be promised.
  loop.outbox.rest()
  loop.options.listener.failed(error)
}

function forkError(view: bigint): BaseError {
  return new BaseError('CONSENSUS_FORK', `view ${view} finalized a log that contradicts this guardian's`, {
    meta: { view },
    hint: 'more than a third of the guardians signed two logs: submit the evidence, and do not restart before the operators have spoken',
  })
}
