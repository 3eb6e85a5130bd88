/**
 * One guardian's part in Simplex consensus: a deterministic state machine without clock, network, disk or randomness.
 * Events record what is known; then the rules are applied until none has anything left to do.
 * @module
 */
import { assert, type Hex, unreachable } from '@breakwater/kernel'
import { commit, extend } from './branch.ts'
import { answerBlocks, answerCertificates, ask, askAgain, receiveBlocks } from './catchup.ts'
import type { CoreEffect, CoreEvent, TimerName } from './effect.ts'
import type { KeptVote } from './evidence.ts'
import type { ConsensusMessage } from './message.ts'
import { receiveOffer, takeOffer } from './offers.ts'
import { onHeartbeat, pace, repeat } from './pacing.ts'
import { consider, lead, nullify, receiveJudgement, receiveProposal } from './proposing.ts'
import type { LogRecord } from './record.ts'
import { checkpoint, recover } from './recovery.ts'
import { RULES, type Rules } from './rules.ts'
import { answerPosition, askPositions, FOR_EVER, fallSilent, isSilent, receivePosition } from './silence.ts'
import { type Config, createState, emit, leader, type State, viewOf } from './state.ts'
import { setTimer, viewDeltaMs } from './timer.ts'
import { advance, receiveCertificate, receiveVote } from './voting.ts'

export interface CoreStatus {
  readonly view: bigint
  readonly leader: number
  /** The view's timers run: there is something to order, or a heartbeat is due. */
  readonly active: boolean
  readonly finalized: { readonly view: bigint; readonly digest: Hex }
  /** What this guardian lacks to follow the others is being asked for. */
  readonly catchingUp: boolean
  /** Its log was lost: it gives no vote before this view (`null`: not yet known which); absent with a whole log. */
  readonly silentBelow?: bigint | null
  /** Two finalized logs exist; this guardian has stopped. */
  readonly forked: boolean
  /** By guardian: the latest view it has voted in, as seen from here. */
  readonly voted: readonly bigint[]
}

export interface Core {
  /** Effects are to be performed in order. */
  step(event: CoreEvent): readonly CoreEffect[]
  status(): CoreStatus
  /** The votes of the last views, its own and others', that this guardian keeps to prove faults with. */
  votes(): readonly KeptVote[]
  /** A short log that leads to the present state; finalized payloads before the last block are not in it. */
  checkpoint(): readonly LogRecord[]
}

export function createCore(config: Config, rules: Rules = RULES): Core {
  const state = createState(config, rules)
  return {
    step(event) {
      if (state.halted) return []
      assert(
        (event.kind === 'start') === (state.view === 0n),
        `a core in view ${state.view} got ${event.kind}`,
      )
      state.need = null
      handle(state, event)
      settle(state, event.kind === 'message' ? event.from : null)
      return state.effects.splice(0)
    },
    status: () => ({
      view: state.view,
      leader: leader(state),
      active: state.pace.active,
      finalized: state.chain.final(),
      catchingUp: state.asked !== null,
      ...(isSilent(state, state.view) && {
        silentBelow: state.silentBelow === FOR_EVER ? null : state.silentBelow,
      }),
      forked: state.halted,
      voted: [...state.latest],
    }),
    votes: () => state.evidence.votes(),
    checkpoint: () => checkpoint(state),
  }
}

function handle(state: State, event: CoreEvent): void {
  switch (event.kind) {
    case 'start':
      recover(state, event.records)
      state.nonce = event.doubt?.nonce ?? null
      if (event.doubt?.isLost) fallSilent(state)
      else askPositions(state)
      repeat(state)
      emit(state, {
        kind: 'send',
        to: 'all',
        message: { kind: 'askCertificates', fromView: state.chain.final().view + 1n },
      })
      break
    case 'message':
      receive(state, event.from, event.message)
      break
    case 'timer':
      if (event.name === 'retry') askAgain(state)
      else if (event.name === 'position') askPositions(state)
      else if (event.view === state.view) onTimer(state, event.name)
      break
    case 'judged':
      receiveJudgement(state, event.digest, event.judgement)
      break
    case 'offer':
      takeOffer(state, event.parent, event.payload)
      break
    default:
      unreachable(event)
  }
}

function onTimer(state: State, name: Exclude<TimerName, 'retry' | 'position'>): void {
  if (name === 'heartbeat') {
    onHeartbeat(state)
  } else if (name === 'hear') {
    state.hearing = false
  } else if (name === 'leader') {
    if (viewOf(state, state.view).proposals.size === 0) nullify(state)
  } else {
    nullify(state)
    repeat(state)
    setTimer(state, 'advance', 3 * viewDeltaMs(state))
  }
}

function receive(state: State, from: number, message: ConsensusMessage): void {
  const { guardians, self } = state.config
  if (from === self || guardians[from] === undefined) return
  switch (message.kind) {
    case 'propose':
      receiveProposal(state, from, message.block, message.justification)
      break
    case 'vote':
      receiveVote(state, from, message.vote)
      break
    case 'certificate':
      receiveCertificate(state, message.certificate)
      break
    case 'askCertificates':
      answerCertificates(state, from, message.fromView)
      break
    case 'askBlocks':
      answerBlocks(state, from, message.digest, message.aboveView)
      break
    case 'blocks':
      receiveBlocks(state, message.blocks)
      break
    case 'offer':
      receiveOffer(state, from, message.view, message.payload)
      break
    case 'askPosition':
      answerPosition(state, from, message.nonce)
      break
    case 'position':
      receivePosition(state, from, message.nonce, message.certificate)
      break
    default:
      unreachable(message)
  }
}

function settle(state: State, from: number | null): void {
  while (
    !state.halted &&
    (advance(state) || commit(state) || extend(state) || consider(state) || lead(state))
  );
  if (state.halted) return
  pace(state)
  ask(state, from)
}
