/** One machine of a guardian in the simulated world: the real core, with a log that survives crashes. */
import {
  type Config,
  type ConsensusMessage,
  type Core,
  type CoreEvent,
  compactLog,
  createCore,
  createOutbox,
  type Entry,
  type Evidence,
  type LogRecord,
  type Outbox,
  type Rules,
  type Task,
  type TimerName,
} from '@breakwater/consensus'
import { between, type Hex } from '@breakwater/kernel'
import type { Checkers } from './checkers.ts'
import type { Desk } from './market.ts'
import type { Endpoint } from './network.ts'
import type { World } from './world.ts'

export interface Machine extends Endpoint {
  start(): void
  crash(): void
  receive(from: number, message: ConsensusMessage): void
  /** An offer becomes known to it. */
  know(id: number): void
  view(): bigint
}

export interface MachineOptions {
  readonly world: World
  readonly endpoint: Endpoint
  readonly config: Config
  readonly rules: Rules
  readonly desk: Desk
  readonly checkers: Checkers
  /** When judgements and everything else begin to take their proper time. */
  readonly healedMs: number
  readonly forgetful: boolean
  transmit(to: number | 'all', message: ConsensusMessage): void
  onEvidence(evidence: Evidence): void
}

/** From one start to the next crash. */
interface Life {
  readonly core: Core
  readonly outbox: Outbox
  readonly timers: Map<TimerName, number>
  syncing: readonly LogRecord[] | null
  tip: { readonly digest: Hex; readonly ancestors: readonly Entry[] } | null
}

/** A sync takes at most this long; a judgement, after the network has healed, at most three times that. */
const SYNC_MS = 8

interface Mutable {
  readonly options: MachineOptions
  readonly log: LogRecord[]
  /** Clocks run up to 5 % slow or fast. */
  readonly drift: number
  life: Life | null
  timers: number
}

export function createMachine(options: MachineOptions): Machine {
  const { endpoint, desk } = options
  const machine: Mutable = {
    options,
    log: [],
    drift: 0.95 + options.world.rng.next() * 0.1,
    life: null,
    timers: 0,
  }
  return {
    ...endpoint,
    start: () => start(machine),
    crash: () => crash(machine),
    receive: (from, message) => feed(machine, { kind: 'message', from, message }),
    know(id) {
      desk.know(id)
      offer(machine)
    },
    view: () => machine.life?.core.status().view ?? 0n,
  }
}

function start(machine: Mutable): void {
  const { config, rules, desk, checkers, endpoint, forgetful, world } = machine.options
  const core = createCore(config, rules)
  const life: Life = {
    core,
    outbox: createOutbox(),
    timers: new Map(),
    syncing: null,
    tip: null,
  }
  machine.life = life
  desk.restart()
  checkers.restarted(endpoint.guardian)
  if (forgetful) machine.log.length = 0
  const effects = core.step({ kind: 'start', records: [...machine.log] })
  if (world.rng.next() < 0.3) machine.log.splice(0, machine.log.length, ...compactLog(core, effects))
  life.outbox.push(effects)
  drain(machine, life)
}

/** What was not synced is lost; of a sync that was under way, any beginning may have reached the disk. */
function crash(machine: Mutable): void {
  const { world } = machine.options
  const syncing = machine.life?.syncing ?? []
  machine.log.push(...syncing.slice(0, between(world.rng, 0, syncing.length)))
  machine.life = null
}

function feed(machine: Mutable, event: CoreEvent): void {
  const { life } = machine
  if (life === null) return
  life.outbox.push(life.core.step(event))
  if (life.syncing === null) drain(machine, life)
}

/** Later, unless the machine has crashed meanwhile. */
function after(machine: Mutable, life: Life, delayMs: number, task: () => void): void {
  machine.options.world.after(delayMs, () => {
    if (machine.life === life) task()
  })
}

function drain(machine: Mutable, life: Life): void {
  // While draining, what effects cause in turn must queue up behind them.
  life.syncing = []
  for (let task = life.outbox.take(); task !== null; task = life.outbox.take()) {
    if (task.kind === 'sync') {
      const { records } = task
      life.syncing = records
      after(machine, life, machine.options.world.rng.next() * SYNC_MS, () => {
        machine.log.push(...records)
        drain(machine, life)
      })
      return
    }
    perform(machine, life, task)
  }
  life.syncing = null
}

function perform(machine: Mutable, life: Life, task: Exclude<Task, { kind: 'sync' }>): void {
  const { checkers, desk, endpoint, onEvidence, transmit } = machine.options
  switch (task.kind) {
    case 'send':
      if (task.message.kind === 'vote') checkers.voted(endpoint.guardian, task.message.vote)
      transmit(task.to, task.message)
      break
    case 'timer': {
      const { name, view } = task
      const id = ++machine.timers
      life.timers.set(name, id)
      after(machine, life, task.delayMs * machine.drift, () => {
        if (life.timers.get(name) === id) feed(machine, { kind: 'timer', name, view })
      })
      break
    }
    case 'judge':
      judge(machine, life, task)
      break
    case 'tip':
      life.tip = task
      offer(machine)
      break
    case 'finalized':
      desk.finalize(task.block)
      checkers.finalized(endpoint.guardian, task.digest, task.block, task.replayed)
      break
    case 'evidence':
      onEvidence(task.evidence)
      break
    case 'forked':
      checkers.forked(endpoint.guardian)
      break
    case 'entered':
      offer(machine)
  }
}

function judge(machine: Mutable, life: Life, task: Extract<Task, { kind: 'judge' }>): void {
  const { world, desk, checkers, endpoint, healedMs } = machine.options
  const { digest } = task
  const judgement = desk.judge(task.block, task.ancestors)
  const well = world.nowMs() >= healedMs
  if (!well && world.rng.next() < 0.03) return
  after(machine, life, world.rng.next() * (well ? 3 * SYNC_MS : 600), () => {
    checkers.judged(endpoint.guardian, digest, judgement)
    feed(machine, { kind: 'judged', digest, judgement })
  })
}

function offer(machine: Mutable): void {
  const { life } = machine
  if (life === null || life.tip === null) return
  const payload = machine.options.desk.propose(life.tip.ancestors)
  feed(machine, { kind: 'offer', parent: life.tip.digest, payload })
}
