/** Whole guardians (driver, core, duty, log) on a virtual clock and a network that a test can disturb. */
import {
  BaseError,
  type Certificate,
  type Clock,
  type Duty,
  type Hex,
  type Judgement,
  type Net,
} from '@breakwater/kernel'
import {
  createDriver,
  type Driver,
  type DriverOptions,
  type Evidence,
  type Listener,
  type Wal,
} from '../src/index.ts'
import { configOf } from './table.ts'

/** A log of words: proposes the first one that is wanted and not said yet. */
export type Words = readonly string[]
export interface Wishes {
  wanted: string[]
  judge: (word: string, said: Words, signal: AbortSignal) => Promise<Judgement>
}

export function createWordDuty(wishes: Wishes): Duty<string, Words, string> {
  return {
    id: 'words',
    init: [],
    decode(bytes) {
      const word = new TextDecoder().decode(bytes)
      if (!/^[a-z0-9]+$/.test(word)) throw new BaseError('KERNEL_DECODE', 'no word')
      return word
    },
    encode: (word) => new TextEncoder().encode(word),
    propose: (said) => wishes.wanted.find((word) => !said.includes(word)) ?? null,
    validate: (said, word, signal) => wishes.judge(word, said, signal),
    apply: (said, word) => ({ state: [...said, word], effects: [`${said.length}:${word}`] }),
  }
}

export interface ManualClock extends Clock {
  /** Lets time pass, timer by timer; after each, everything that it caused comes to rest. */
  pass(durationMs: number): Promise<void>
}

/** Lets all promises that wait for nothing outside run to their end. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await null
}

export function createManualClock(): ManualClock {
  let nowMs = 0
  const timers = new Set<{ atMs: number; task: () => void }>()
  return {
    nowMs: () => nowMs,
    schedule(delayMs, task) {
      const timer = { atMs: nowMs + delayMs, task }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    sleep: async () => {},
    async pass(durationMs) {
      const endMs = nowMs + durationMs
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.atMs - b.atMs)
        if (next === undefined || next.atMs > endMs) break
        nowMs = next.atMs
        timers.delete(next)
        next.task()
        await rest()
      }
      nowMs = endMs
    },
  }
}

export interface Guardian {
  driver: Driver
  wishes: Wishes
  /** Counts starts: whatever belonged to an earlier one is dead, as after a crash. */
  life: number
  /** What is on disk. */
  log: Uint8Array[]
  syncs: number
  heard: string[]
  replayed: string[]
  certificates: Certificate[]
  evidence: Evidence[]
  problems: unknown[]
  failure: unknown
  views: bigint[]
}

export interface Fleet {
  readonly clock: ManualClock
  readonly guardians: readonly Guardian[]
  guardian(index: number): Guardian
  isLost: (from: number, to: number, bytes: Uint8Array) => boolean
  /** Before records go to disk: may throw, or wait. */
  beforeSync: (index: number) => Promise<void>
  /** Told of a certificate: may throw. */
  onCertified: (index: number) => void
  start(index: number): Promise<void>
  /** As if `from` had sent it. */
  inject(from: number, to: number, bytes: Uint8Array): void
  /** What guardian `index` has sent and had on disk at that moment. */
  readonly sent: { from: number; bytes: Uint8Array; logged: number }[]
  want(word: string, ...indexes: readonly number[]): Promise<void>
}

export async function createFleet(count: number): Promise<Fleet> {
  const clock = createManualClock()
  const handlers = new Map<number, (from: number, bytes: Uint8Array) => void>()
  const guardians: Guardian[] = []
  const fleet: Fleet = {
    clock,
    guardians,
    guardian(index) {
      const found = guardians[index]
      if (found === undefined) throw new Error(`there is no guardian ${index}`)
      return found
    },
    isLost: () => false,
    beforeSync: async () => {},
    onCertified: () => {},
    async start(index) {
      const guardian = fleet.guardian(index)
      guardian.heard = []
      guardian.replayed = []
      guardian.failure = null
      guardian.life++
      guardian.driver = createDriver(optionsOf(index, guardian.life, guardian.wishes))
      guardian.driver.start([...guardian.log])
      await rest()
    },
    inject: (from, to, bytes) => handlers.get(to)?.(from, bytes),
    sent: [],
    async want(word, ...indexes) {
      for (const index of indexes) fleet.guardian(index).wishes.wanted.push(word)
      for (const index of indexes) fleet.guardian(index).driver.refresh()
      await rest()
    },
  }

  const carry = (from: number, to: number, bytes: Uint8Array): void => {
    if (from === to || fleet.isLost(from, to, bytes)) return
    queueMicrotask(() => fleet.inject(from, to, bytes))
  }
  const walOf = (index: number, life: number): Wal => ({
    async append(records) {
      await fleet.beforeSync(index)
      await null
      const guardian = fleet.guardian(index)
      if (guardian.life !== life) return new Promise(() => {})
      guardian.syncs++
      guardian.log.push(...records)
    },
    async replace(records) {
      fleet.guardian(index).log = [...records]
    },
  })
  const netOf = (index: number, life: number): Net => {
    const send = (bytes: Uint8Array, receivers: Iterable<number>): void => {
      const guardian = fleet.guardian(index)
      if (guardian.life !== life) return
      fleet.sent.push({ from: index, bytes, logged: guardian.log.length })
      for (const to of receivers) carry(index, to, bytes)
    }
    return {
      send: (to, bytes) => send(bytes, [to]),
      broadcast: (bytes) => send(bytes, guardians.keys()),
      subscribe(handler) {
        handlers.set(index, handler)
        return () => void handlers.delete(index)
      },
    }
  }
  const listenerOf = (index: number): Listener<string> => ({
    finalized(_at, effects, replayed) {
      const { heard, replayed: again } = fleet.guardian(index)
      ;(replayed ? again : heard).push(...effects)
    },
    certified(certificate) {
      fleet.onCertified(index)
      fleet.guardian(index).certificates.push(certificate)
    },
    evidence: (evidence) => void fleet.guardian(index).evidence.push(evidence),
    entered: (view) => void fleet.guardian(index).views.push(view),
    problem: (error) => void fleet.guardian(index).problems.push(error),
    failed(error) {
      fleet.guardian(index).failure = error
    },
  })
  const optionsOf = (index: number, life: number, wishes: Wishes): DriverOptions<string, Words, string> => ({
    config: configOf(count, index),
    duty: createWordDuty(wishes),
    clock,
    wal: walOf(index, life),
    net: netOf(index, life),
    listener: listenerOf(index),
  })
  for (let index = 0; index < count; index++) {
    const wishes: Wishes = {
      wanted: [],
      judge: async (word, said) => (said.includes(word) ? 'reject' : 'accept'),
    }
    guardians.push({
      driver: createDriver(optionsOf(index, 0, wishes)),
      wishes,
      life: 0,
      log: [],
      syncs: 0,
      heard: [],
      replayed: [],
      certificates: [],
      evidence: [],
      problems: [],
      failure: null,
      views: [],
    })
  }
  for (let index = 0; index < count; index++) await fleet.start(index)
  return fleet
}

export const actionDigest: Hex = `0x${'ac'.repeat(32)}`
