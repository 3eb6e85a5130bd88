/**
 * The coordinator of one digest: ROAST (Ruffing, Ronge, Jin, Schneider-Bensch and Schröder, "ROAST: Robust Asynchronous
 * Schnorr Threshold Signatures", CCS 2022, IACR ePrint 2022/550).
 *
 * A member takes part in another session only after it has given a right share for the one before, so that it holds up
 * one session at most. Every session that does not end is held up by a member of its own; n − t faulty ones hold up
 * n − t sessions, and t others are always left for one more. So there are at most n − t + 1 sessions, whatever comes
 * when: time decides only how early the next one begins, never whether there is a signature in the end.
 *
 * As long as a session can be expected to end, shares are not looked at one by one but by their sum.
 * @module
 */
import type { Hex } from '@breakwater/kernel'
import type { GroupSignature } from '../frost.ts'
import type { Group } from '../frostGroup.ts'
import type { SignerShare, SigningResult } from '../signingEngine.ts'
import type { SigningTask } from '../signingSession.ts'
import type { RoastEffect } from './effect.ts'
import type { ShareMessage } from './message.ts'
import type { Stock } from './stock.ts'

interface Session {
  readonly number: number
  readonly task: SigningTask
  readonly shares: Map<number, SignerShare>
  /** Whose shares the engine has been asked about one by one. */
  readonly asked: Set<number>
  /** The engine has been asked about the sum. */
  summed: boolean
  /** Nobody counts on it any more: it has had its time, or lost a signer. */
  given: boolean
}

type Checked = Extract<SigningResult, { kind: 'checked' }>

export interface Coordinator {
  /** Calls a session, if there is none that can be counted on and enough members are free. */
  proceed(): void
  /** From now on signers are expected to answer. */
  expect(): void
  /** Whether this is a share that was asked for and has not come before. */
  receive(from: number, message: ShareMessage): boolean
  /** The signature, if there is one. */
  checked(result: Checked): GroupSignature | null
  runOut(session: number): void
  /** There is a signature: late shares are still taken note of, but nothing is done any more. */
  close(): void
}

export interface CoordinatorOptions {
  readonly group: Group
  readonly digest: Hex
  readonly stock: Stock
  readonly patienceMs: number
  readonly emit: (effect: RoastEffect) => void
}

interface State extends CoordinatorOptions {
  readonly sessions: Session[]
  /** By member who owes a right share: in which session. */
  readonly pending: Map<number, number>
  expecting: boolean
  closed: boolean
}

export function createCoordinator(options: CoordinatorOptions): Coordinator {
  const state: State = { ...options, sessions: [], pending: new Map(), expecting: false, closed: false }
  const { sessions } = state
  return {
    proceed: () => proceed(state),
    expect() {
      if (state.expecting) return
      state.expecting = true
      for (const { number } of sessions) startTimer(state, number)
    },
    receive(from, { session: number, share }) {
      const session = sessions[number]
      if (session === undefined || session.shares.has(from)) return false
      if (!session.task.signers.some(({ guardian }) => guardian === from)) return false
      session.shares.set(from, { guardian: from, share })
      state.stock.setSlow(from, false)
      examine(state, session)
      return true
    },
    checked: (result) => takeResult(state, result),
    runOut(number) {
      const session = sessions[number]
      if (session === undefined || session.given) return
      session.given = true
      for (const { guardian } of session.task.signers) {
        if (!session.shares.has(guardian)) state.stock.setSlow(guardian, true)
      }
      examine(state, session)
      proceed(state)
    },
    close() {
      state.closed = true
    },
  }
}

function startTimer({ digest, patienceMs, emit }: State, session: number): void {
  emit({ kind: 'timer', timer: { kind: 'patience', digest, session }, delayMs: patienceMs })
}

function proceed(state: State): void {
  const { group, digest, stock, sessions, pending, emit } = state
  if (state.closed || sessions.some((session) => !session.given)) return
  for (const guardian of stock.weed()) emit({ kind: 'banned', guardian, reason: 'its nonces are no points' })
  const free = stock.available().filter((member) => !pending.has(member))
  if (free.length < group.threshold) return
  const signers = free
    .slice(0, group.threshold)
    .sort((a, b) => a - b)
    .flatMap((guardian) => {
      const commitment = stock.take(guardian)
      return commitment === undefined ? [] : [{ guardian, ...commitment }]
    })
  const number = sessions.length
  const task = { digest, signers }
  sessions.push({ number, task, shares: new Map(), asked: new Set(), summed: false, given: false })
  for (const { guardian } of signers) {
    pending.set(guardian, number)
    emit({ kind: 'send', to: guardian, message: { kind: 'request', digest, session: number, signers } })
  }
  if (state.expecting) startTimer(state, number)
}

/** Has the engine look at what is new: at the sum once all is there, at single shares only when time is up. */
function examine({ closed, emit }: State, session: Session): void {
  const { number, task, shares, asked, summed, given } = session
  const complete = shares.size === task.signers.length
  const fresh = [...shares.values()].filter(({ guardian }) => complete || !asked.has(guardian))
  if (closed || (complete ? summed : !given || fresh.length === 0)) return
  session.summed = complete
  for (const { guardian } of fresh) asked.add(guardian)
  emit({ kind: 'job', job: { kind: 'check', session: number, task, shares: fresh } })
}

function takeResult(
  state: State,
  { session: number, honest, cheaters, signature }: Checked,
): GroupSignature | null {
  const { digest, sessions, pending, stock, emit } = state
  const session = sessions[number]
  if (signature !== null || session === undefined) return signature
  // A share may be looked at twice, by itself and in the sum; its author may be in the next session by then.
  for (const guardian of honest) if (pending.get(guardian) === number) pending.delete(guardian)
  for (const guardian of cheaters) {
    if (stock.isBanned(guardian)) continue
    stock.ban(guardian)
    emit({ kind: 'banned', guardian, reason: `its share in session ${number} over ${digest} is wrong` })
  }
  if (session.summed || cheaters.length > 0) session.given = true
  examine(state, session)
  proceed(state)
  return null
}
