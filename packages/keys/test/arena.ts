import { createSeededRng, defined, type Hex, hexToBytes, keccakText, pick } from '@breakwater/kernel'
import { expect } from 'vitest'
import { Point, pointToHex } from '../src/group.ts'
import {
  createRoast,
  createSigningEngine,
  decodeRoastMessage,
  encodeRoastMessage,
  frost,
  type Group,
  type GroupSignature,
  groupKeyOf,
  type NonceCommitment,
  type Roast,
  type RoastEffect,
  type RoastEvent,
  type RoastMessage,
  readGroupSignature,
  type SignerShare,
  type SigningEngine,
  type SigningTask,
  verifyGroupSignature,
} from '../src/index.ts'
import { DIGEST, dealGroup, wrongShare } from './signing.ts'

/** What a faulty member sends in place of an honest message; `null`: nothing. */
export type Bent = (message: RoastMessage) => RoastMessage | null

/** Its nonces are given, its shares are not. */
export const stalls: Bent = (message) => (message.kind === 'share' ? null : message)
export const cheats: Bent = (message) =>
  message.kind === 'share' ? { ...message, share: wrongShare } : message
export const isDead: Bent = () => null
/** Says that something is the signature, and calls sessions for nothing. */
export const babbles: Bent = (message) =>
  message.kind === 'share' || message.kind === 'request'
    ? { kind: 'signature', digest: DIGEST, rx: 1n, ry: 2n, z: 3n }
    : message

const points = [Point.BASE]
const names: Hex[] = []

function pointNumber(number: number): Hex {
  for (let i = points.length; i <= number; i++) points.push((points[i - 1] ?? Point.ZERO).add(Point.BASE))
  const name = names[number] ?? pointToHex(points[number] ?? Point.BASE)
  names[number] = name
  return name
}

/** Points are made by adding, and signatures by the dealer, so that thousands of sessions take seconds. */
function createLightEngines(key: Uint8Array): (self: number) => SigningEngine {
  let made = 0
  const commitment = (): NonceCommitment => ({ hiding: pointNumber(made++), binding: pointNumber(0) })
  const shareOf = (task: SigningTask, guardian: number): Hex =>
    keccakText(JSON.stringify([guardian, task.digest, task.signers]))
  const signature = (digest: Hex): GroupSignature => readGroupSignature(frost.sign(hexToBytes(digest), key))
  return (self) => {
    const waiting = new Map<number, Set<Hex>>()
    const make = (coordinator: number, count: number) => {
      const pairs = Array.from({ length: count }, commitment)
      const before = waiting.get(coordinator) ?? []
      waiting.set(coordinator, new Set([...before, ...pairs.map(({ hiding }) => hiding)]))
      return pairs
    }
    return {
      run(job) {
        if (job.kind === 'prepare') {
          return {
            kind: 'prepared',
            coordinator: job.coordinator,
            commitments: make(job.coordinator, job.count),
          }
        }
        const { session, task } = job
        const { digest } = task
        if (job.kind === 'sign') {
          const own = task.signers.find(({ guardian }) => guardian === self)
          const known = own !== undefined && waiting.get(job.coordinator)?.delete(own.hiding)
          const [next = commitment()] = known ? make(job.coordinator, 1) : []
          const signed = known ? { share: shareOf(task, self), next } : null
          return { kind: 'signed', coordinator: job.coordinator, session, digest, signed }
        }
        const right = ({ guardian, share }: SignerShare) => share === shareOf(task, guardian)
        const honest = job.shares.filter(right).map(({ guardian }) => guardian)
        const cheaters = job.shares.filter((one) => !right(one)).map(({ guardian }) => guardian)
        const whole = honest.length === task.signers.length
        return {
          kind: 'checked',
          session,
          digest,
          honest,
          cheaters,
          signature: whole ? signature(digest) : null,
        }
      },
    }
  }
}

export interface Outcome {
  /** By member: the signatures that it was given. */
  readonly signatures: ReadonlyMap<number, GroupSignature[]>
  /** By coordinator: how many sessions it called. */
  readonly sessions: ReadonlyMap<number, number>
  readonly banned: ReadonlyMap<number, ReadonlySet<number>>
  readonly group: Group
  readonly key: Uint8Array
}

/**
 * Guardians sign one digest. What happens next is drawn by chance from all that is on its way: messages, answers of the
 * engine, timers. Nothing is lost between honest members, and nothing else is promised.
 */
export function play(options: {
  n: number
  seed: number
  faulty: ReadonlyMap<number, Bent>
  leader?: number
  /** With FROST itself instead of a stand-in. */
  real?: boolean
  /** Members to whom the log never says that the digest is final. */
  uninformed?: readonly number[]
  /** Messages take no time, timers the time they were set to; else any timer may run out before any message comes. */
  patient?: boolean
  /** Members that start again, without their nonces, after all have published theirs. */
  restarted?: readonly number[]
  /** Whom all have banned in an earlier run. */
  banned?: readonly number[]
}): Outcome {
  const {
    n,
    seed,
    faulty,
    leader = seed % n,
    real = false,
    uninformed = [],
    patient = false,
    restarted = [],
    banned = [],
  } = options
  const { group, shares, key } = dealGroup(n)
  const rng = createSeededRng(seed)
  const light = createLightEngines(key)
  let made = 0
  const engineOf = (self: number): SigningEngine =>
    real
      ? createSigningEngine(defined(shares[self], 'a share'), createSeededRng(seed * 1000 + made++))
      : light(self)
  const roastOf = (self: number): Roast =>
    createRoast({ group, self, patienceMs: 50, takeoverMs: 200, banned })
  const engines = group.members.map(engineOf)
  const roasts = group.members.map(roastOf)
  let pending: { to: number; dueMs: number; event: () => RoastEvent }[] = []
  let nowMs = 0
  const signatures = new Map<number, GroupSignature[]>(group.members.map((member) => [member, []]))
  const sessions = new Map<number, number>()
  const bannedBy = new Map<number, Set<number>>(group.members.map((member) => [member, new Set()]))
  const used = new Set<string>()

  const perform = (self: number, effect: RoastEffect): void => {
    if (effect.kind === 'job') {
      const { job } = effect
      if (job.kind === 'sign') expect(uninformed, `seed ${seed}: signs what is not final`).not.toContain(self)
      const result = engines[self]?.run(job)
      if (result === undefined) return
      if (job.kind === 'sign' && result.kind === 'signed' && result.signed !== null) {
        const nonces = `${self} ${job.task.signers.find(({ guardian }) => guardian === self)?.hiding}`
        expect(used, `seed ${seed}: nonces used twice`).not.toContain(nonces)
        used.add(nonces)
      }
      pending.push({ to: self, dueMs: nowMs, event: () => ({ kind: 'result', result }) })
    } else if (effect.kind === 'timer') {
      pending.push({
        to: self,
        dueMs: nowMs + effect.delayMs,
        event: () => ({ kind: 'timer', timer: effect.timer }),
      })
    } else if (effect.kind === 'signature') {
      signatures.get(self)?.push(effect.signature)
    } else if (effect.kind === 'banned') {
      bannedBy.get(self)?.add(effect.guardian)
    } else {
      const bent = faulty.get(self)
      const message = bent === undefined ? effect.message : bent(effect.message)
      if (message?.kind === 'request')
        sessions.set(self, Math.max(sessions.get(self) ?? 0, message.session + 1))
      if (message === null) return
      const bytes = encodeRoastMessage(message)
      const receivers = effect.to === 'all' ? group.members.filter((to) => to !== self) : [effect.to]
      for (const to of receivers) {
        const event = (): RoastEvent => ({ kind: 'message', from: self, message: decodeRoastMessage(bytes) })
        pending.push({ to, dueMs: nowMs, event })
      }
    }
  }
  const step = (self: number, event: RoastEvent): void => {
    for (const effect of roasts[self]?.step(event) ?? []) perform(self, effect)
  }
  const run = (): void => {
    for (let steps = 0; pending.length > 0; steps++) {
      expect(steps, `seed ${seed}: no end`).toBeLessThan(100_000)
      const firstMs = Math.min(...pending.map(({ dueMs }) => dueMs))
      const next = pick(rng, patient ? pending.filter(({ dueMs }) => dueMs === firstMs) : pending)
      pending = pending.filter((one) => one !== next)
      nowMs = Math.max(nowMs, next.dueMs)
      step(next.to, next.event())
    }
  }
  for (const self of group.members) step(self, { kind: 'start' })
  run()
  for (const self of restarted) {
    engines[self] = engineOf(self)
    roasts[self] = roastOf(self)
    step(self, { kind: 'start' })
  }
  run()
  for (const self of group.members) {
    pending.push({ to: self, dueMs: nowMs, event: () => ({ kind: 'notarized', digest: DIGEST, leader }) })
  }
  for (const self of group.members.filter((member) => !uninformed.includes(member))) {
    pending.push({ to: self, dueMs: nowMs, event: () => ({ kind: 'finalized', digest: DIGEST, leader }) })
  }
  run()
  return { signatures, sessions, banned: bannedBy, group, key }
}

/** Each honest member has the signature, once; no coordinator called more sessions than ROAST allows. */
export function expectSigned(outcome: Outcome, faulty: ReadonlyMap<number, Bent>, seed: number): void {
  const { group, signatures, sessions, banned } = outcome
  for (const [member, given] of signatures) {
    if (faulty.has(member)) continue
    expect(given, `seed ${seed}: member ${member}`).toHaveLength(1)
    for (const signature of given)
      expect(verifyGroupSignature(DIGEST, groupKeyOf(group), signature)).toBe(true)
    for (const guardian of banned.get(member) ?? []) expect([...faulty.keys()]).toContain(guardian)
  }
  for (const [coordinator, count] of sessions) {
    if (faulty.has(coordinator)) continue
    const most = group.members.length - group.threshold + 1
    expect(count, `seed ${seed}: sessions of ${coordinator}`).toBeLessThanOrEqual(most)
  }
}
