/** Guardians around one table, for tests by hand: messages arrive at once and in order, timers fire when told to. */
import type { Hex, Judgement } from '@breakwater/kernel'
import { createLocalSigner, createVoteGuard } from '@breakwater/keys'
import {
  type Block,
  type Config,
  type ConsensusMessage,
  type Core,
  type CoreEffect,
  type CoreEvent,
  createCore,
  createSigning,
  type Doubt,
  type Entry,
  type LogRecord,
  type TimerName,
} from '../src/index.ts'

export const DELTA_MS = 100
export const HEARTBEAT_MS = 5_000
export const EPOCH = 1n

export const signers = Array.from({ length: 10 }, (_, index) =>
  createLocalSigner(`0x${(index + 1).toString(16).padStart(64, '0')}`),
)

export function configOf(count: number, self: number): Config {
  const guardians = signers.slice(0, count).map(({ address }) => address)
  return {
    guardians,
    self,
    epoch: EPOCH,
    chainId: 31_337n,
    registry: `0x${'5e'.repeat(20)}`,
    deltaMs: DELTA_MS,
    heartbeatMs: HEARTBEAT_MS,
    signing: createSigning(signers[self] ?? signers[0] ?? createLocalSigner(`0x${'11'.repeat(32)}`)),
  }
}

export interface Seat {
  core: Core
  /** Everything since the seat was taken. */
  effects: CoreEffect[]
  readonly log: LogRecord[]
  readonly timers: Map<TimerName, { view: bigint; delayMs: number }>
  readonly finalized: Block[]
  tip: { digest: Hex; ancestors: readonly Entry[] } | null
  /** Not started, or cut off: messages to it are lost, and it says nothing. */
  absent: boolean
}

export interface Table {
  readonly seats: readonly Seat[]
  seat(index: number): Seat
  /** How each guardian judges; accepts by default. `null`: not yet. */
  judge: (guardian: number, block: Block) => Judgement | null
  /** Messages that get lost. */
  isLost: (from: number, to: number, message: ConsensusMessage) => boolean
  /** What comes with the next starts. */
  doubt: Doubt | null
  start(index: number): void
  feed(index: number, event: CoreEvent): void
  /** Lets the timers of this name fire that are set by now; only one guardian's with `index`. */
  fire(name: TimerName, index?: number): void
  offer(index: number, payload: Uint8Array | null): void
}

export function createTable(count: number): Table {
  const queue: (() => void)[] = []
  let running = false
  const seats = Array.from(
    { length: count },
    (_, self): Seat => ({
      core: createCore(configOf(count, self)),
      effects: [],
      log: [],
      timers: new Map(),
      finalized: [],
      tip: null,
      absent: true,
    }),
  )
  const seat = (index: number): Seat => {
    const found = seats[index]
    if (found === undefined) throw new Error(`there is no seat ${index}`)
    return found
  }
  const table: Table = {
    seats,
    seat,
    judge: () => 'accept',
    isLost: () => false,
    doubt: null,
    start(index) {
      const taken = seat(index)
      taken.core = createCore({ ...configOf(count, index), guard: createVoteGuard(EPOCH) })
      taken.effects = []
      taken.finalized.length = 0
      taken.timers.clear()
      taken.absent = false
      const { doubt } = table
      table.feed(index, { kind: 'start', records: [...taken.log], ...(doubt && { doubt }) })
    },
    feed(index, event) {
      queue.push(() => {
        for (const effect of seat(index).core.step(event)) perform(index, effect)
      })
      if (running) return
      running = true
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) next()
      running = false
    },
    fire(name, index) {
      const due = seats.flatMap(({ timers, absent }, at) => {
        const timer = timers.get(name)
        return timer === undefined || absent || (index !== undefined && index !== at) ? [] : [{ at, timer }]
      })
      for (const { at, timer } of due) {
        if (seat(at).timers.get(name) === timer) seat(at).timers.delete(name)
        table.feed(at, { kind: 'timer', name, view: timer.view })
      }
    },
    offer(index, payload) {
      const { tip } = seat(index)
      if (tip !== null) table.feed(index, { kind: 'offer', parent: tip.digest, payload })
    },
  }

  function perform(index: number, effect: CoreEffect): void {
    const from = seat(index)
    from.effects.push(effect)
    if (effect.kind === 'persist') from.log.push(effect.record)
    if (effect.kind === 'timer') from.timers.set(effect.name, effect)
    if (effect.kind === 'finalized') from.finalized.push(effect.block)
    if (effect.kind === 'tip') from.tip = effect
    if (effect.kind === 'judge') {
      const judgement = table.judge(index, effect.block)
      if (judgement !== null) table.feed(index, { kind: 'judged', digest: effect.digest, judgement })
    }
    if (effect.kind !== 'send') return
    for (const [to, { absent }] of seats.entries()) {
      const meant = to !== index && (effect.to === 'all' || effect.to === to)
      if (!meant || absent || from.absent || table.isLost(index, to, effect.message)) continue
      table.feed(to, { kind: 'message', from: index, message: effect.message })
    }
  }
  return table
}

/** All guardians started, nothing offered. */
export function startedTable(count: number): Table {
  const table = createTable(count)
  for (const index of table.seats.keys()) table.start(index)
  return table
}

export const payload = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (block: Block): string => new TextDecoder().decode(block.payload)
export const texts = ({ finalized }: Seat): readonly string[] => finalized.map(textOf)
/** The votes that a guardian has sent. */
export const votesOf = ({ effects }: Seat) =>
  effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === 'vote' ? [effect.message.vote] : [],
  )
