/** One machine of a guardian in the simulated world: the real driver, on a virtual clock, disk and network. */
import {
  type Config,
  createCore,
  createDriver,
  type Driver,
  decodeRecord,
  type KeptVote,
  type Listener,
  type Rules,
} from '@breakwater/consensus'
import type { Clock, Judgement, Net } from '@breakwater/kernel'
import type { Checkers } from './checkers.ts'
import { createMachineClock, type MachineClock } from './clock.ts'
import { createDisk, type Disk } from './disk.ts'
import { actionOf, createOfferDuty, type Offered, type Ordered } from './market.ts'
import type { Endpoint } from './network.ts'
import type { DiskKind } from './options.ts'
import type { World } from './world.ts'

export interface Machine extends Endpoint {
  start(): void
  crash(): void
  receive(from: number, bytes: Uint8Array): void
  /** An offer becomes known to it. */
  know(id: number): void
  /** Whether it has seen what the offer asks for certified since its last start. */
  hasCertified(id: number): boolean
  view(): bigint
  setClock(byMs: number): void
  /** The votes that it keeps: as it runs, or, while it does not, as its disk would bring them back. */
  votes(): readonly KeptVote[]
}

export interface MachineOptions {
  readonly world: World
  readonly endpoint: Endpoint
  readonly config: Config
  readonly rules: Rules
  readonly offers: readonly Offered[]
  readonly checkers: Checkers
  /** From then on judgements take their proper time, and none fails. */
  readonly healedMs: number
  readonly disk: DiskKind
  transmit(to: number | 'all', bytes: Uint8Array): void
}

interface Body {
  readonly options: MachineOptions
  readonly disk: Disk
  readonly known: Set<number>
  readonly clock: MachineClock
  life: Life | null
  starts: number
}

/** From one start to the next crash. */
interface Life {
  readonly driver: Driver
  /** What is certified, by offer. */
  readonly certified: Set<number>
  hear: (from: number, bytes: Uint8Array) => void
}

/** A judgement takes at most this long: when the network is well, and before. */
const JUDGEMENT_MS = 24
const SLOW_JUDGEMENT_MS = 600

export function createMachine(options: MachineOptions): Machine {
  const { world, endpoint, checkers } = options
  const body: Body = {
    options,
    disk: createDisk(world, options.disk),
    known: new Set(),
    clock: createMachineClock(world),
    life: null,
    starts: 0,
  }
  const crash = (): void => {
    body.life = null
    body.disk.crash()
  }
  return {
    ...endpoint,
    start() {
      if (body.life !== null) crash()
      checkers.restarted(endpoint.guardian)
      body.life = bear(body)
      const { disk } = body
      const nonce = `0x${(++body.starts).toString(16).padStart(64, '0')}` as const
      body.life.driver.start(disk.read(), { nonce, isLost: disk.isLost() })
    },
    crash,
    receive: (from, bytes) => body.life?.hear(from, bytes),
    know(id) {
      body.known.add(id)
      body.life?.driver.refresh()
    },
    hasCertified: (id) => body.life?.certified.has(id) ?? false,
    view: () => body.life?.driver.status().view ?? 0n,
    setClock: body.clock.jump,
    votes: () => body.life?.driver.votes() ?? keptOnDisk(body),
  }
}

function keptOnDisk({ options, disk }: Body): readonly KeptVote[] {
  const core = createCore(options.config, options.rules)
  core.step({ kind: 'start', records: disk.read().map(decodeRecord) })
  return core.votes()
}

function bear(body: Body): Life {
  const { options, disk, known } = body
  const { world, config, rules, transmit } = options
  /** Once the machine has crashed, nothing of this life happens any more. */
  const inLife = (task: () => void): void => {
    if (body.life === life) task()
  }
  const after = (delayMs: number, task: () => void) => world.after(delayMs, () => inLife(task))
  const clock: Clock = {
    nowMs: body.clock.nowMs,
    schedule: (delayMs, task) => body.clock.schedule(delayMs, () => inLife(task)),
    sleep: (delayMs) => new Promise((resolve) => clock.schedule(delayMs, resolve)),
  }
  const net: Net = {
    send: (to, bytes) => inLife(() => transmit(to, bytes)),
    broadcast: (bytes) => inLife(() => transmit('all', bytes)),
    subscribe(handler) {
      life.hear = handler
      return () => {}
    },
  }
  const duty = createOfferDuty({
    ...{ rng: world.rng, guardian: options.endpoint.guardian, offers: options.offers, known },
    deliberate: (ordered, id, judgement) => deliberate(options, after, ordered, id, judgement),
  })
  const life: Life = {
    driver: createDriver({
      ...{ config, rules, duty, clock, net },
      wal: disk.open(after),
      listener: listen(options, () => life, inLife),
    }),
    certified: new Set(),
    hear: () => {},
  }
  return life
}

/** Before the network is well, some judgements never come, and some fail. */
function deliberate(
  { world, checkers, endpoint, healedMs }: MachineOptions,
  after: (delayMs: number, task: () => void) => void,
  ordered: Ordered,
  id: number,
  judgement: Judgement,
): Promise<Judgement> {
  const { rng } = world
  const well = world.nowMs() >= healedMs
  const luck = well ? 1 : rng.next()
  return new Promise((resolve, reject) => {
    if (luck < 0.03) return
    after(rng.next() * (well ? JUDGEMENT_MS : SLOW_JUDGEMENT_MS), () => {
      if (luck < 0.06) return reject(new Error('no connection'))
      checkers.judged(endpoint.guardian, ordered, id, judgement)
      resolve(judgement)
    })
  })
}

function listen(
  { checkers, endpoint: { guardian } }: MachineOptions,
  life: () => Life,
  inLife: (task: () => void) => void,
): Listener<number> {
  return {
    finalized: ({ digest }, ids, replayed) =>
      inLife(() => {
        checkers.finalized(guardian, digest, ids, replayed)
        for (const id of ids) life().driver.attest(actionOf(id))
      }),
    certified: (certificate) =>
      inLife(() => {
        checkers.certified(guardian, certificate)
        life().certified.add(Number(certificate.digest))
      }),
    evidence: (evidence) => inLife(() => checkers.accused(guardian, evidence)),
    entered() {},
    problem: (error, from) => inLife(() => checkers.problem(guardian, error, from)),
    failed: (error) => inLife(() => checkers.failed(guardian, error)),
  }
}
