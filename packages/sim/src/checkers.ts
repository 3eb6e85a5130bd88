/** Judges of a run who share no code with what they judge, and see only what honest guardians did. */
import {
  type Block,
  blockDigest,
  type Evidence,
  FINALIZE,
  GENESIS,
  type Message,
  NOTARIZE,
  NULLIFY,
  type Vote,
} from '@breakwater/consensus'
import { BaseError, type Certificate, type Hex, type Judgement, messageOf } from '@breakwater/kernel'
import { actionOf } from './market.ts'

export interface Checkers {
  readonly violations: readonly string[]
  /** The longest log: all others are beginnings of it. */
  blocks(): number
  /** What a guardian, faulty or not, has said. */
  sent(guardian: number, message: Message): void
  restarted(guardian: number): void
  /** `ids`: the offer in the block, if there is one. */
  finalized(guardian: number, digest: Hex, ids: readonly number[], replayed: boolean): void
  /** What a guardian thought of an offer, in the state after those that were `ordered` before. */
  judged(guardian: number, ordered: readonly number[], id: number, judgement: Judgement): void
  certified(guardian: number, certificate: Certificate): void
  accused(by: number, evidence: Evidence): void
  problem(guardian: number, error: unknown, from: number | null): void
  failed(guardian: number, error: unknown): void
}

export interface CheckerOptions {
  readonly honest: readonly number[]
  /** How many guardians' votes and signatures are needed. */
  readonly quorum: number
  /** How many honest guardians must have accepted what is ordered: a quorum without the faulty ones. */
  readonly accepted: number
  isSigned(digest: Hex, guardian: number, signature: Hex): boolean
}

type Report = (violation: string) => void

export function createCheckers(options: CheckerOptions): Checkers {
  const { honest, quorum, isSigned } = options
  const violations: string[] = []
  const report: Report = (violation) => void violations.push(violation)
  const log = createLogChecker(options, report)
  const checkVote = createVoteChecker(report)
  const isHonest = (guardian: number): boolean => honest.includes(guardian)
  return {
    violations,
    blocks: () => log.entries.length,
    sent(guardian, message) {
      if (message.kind === 'propose') log.know(message.block)
      if (message.kind === 'blocks' && !isHonest(guardian))
        for (const block of message.blocks) log.know(block)
      if (message.kind === 'vote' && isHonest(guardian)) checkVote(guardian, message.vote)
    },
    restarted: log.restarted,
    finalized(guardian, digest, ids, replayed) {
      if (isHonest(guardian)) log.finalized(guardian, digest, ids, replayed)
    },
    judged(guardian, ordered, id, judgement) {
      if (isHonest(guardian) && judgement === 'accept') log.accepted(guardian, ordered, id)
    },
    certified(guardian, { digest, bitmap, signatures }) {
      if (!isHonest(guardian)) return
      const signers = [...bitmap.toString(2)].reverse().flatMap((bit, index) => (bit === '1' ? [index] : []))
      const isValid =
        signers.length >= quorum &&
        signers.length === signatures.length &&
        signers.every((signer, index) => isSigned(digest, signer, signatures[index] ?? '0x'))
      if (!isValid) report(`certificate: guardian ${guardian} took one that is not valid`)
      const isOrdered = log.entries.some(({ id }) => id !== null && actionOf(id) === digest)
      if (!isOrdered) report(`certificate: guardian ${guardian} has one of ${digest}, which is not final`)
    },
    accused(by, { guardian, view }) {
      if (isHonest(by) && isHonest(guardian)) report(`evidence: ${by} accuses ${guardian} in view ${view}`)
    },
    problem(guardian, error, from) {
      if (from === null || !isHonest(guardian) || !isHonest(from)) return
      report(`message: guardian ${guardian} cannot read one of guardian ${from}: ${messageOf(error)}`)
    },
    failed(guardian, error) {
      if (!isHonest(guardian)) return
      const isFork = error instanceof BaseError && error.code === 'CONSENSUS_FORK'
      report(`${isFork ? 'agreement' : 'failure'}: guardian ${guardian} stopped: ${messageOf(error)}`)
    },
  }
}

/** All honest guardians hand out the same blocks in the same order, each an offer that enough of them accepted. */
function createLogChecker({ accepted: needed }: CheckerOptions, report: Report) {
  const entries: { digest: Hex; id: number | null }[] = []
  /** By guardian, how much of the log it has handed out since its last start. */
  const positions = new Map<number, number>()
  const blocks = new Map<Hex, Block>()
  const acceptedBy = new Map<string, Set<number>>()
  const caseOf = (ordered: readonly number[], id: number): string => `${id} after ${ordered.join()}`

  const checkOrder = (guardian: number, position: number, digest: Hex, id: number | null): void => {
    const known = entries[position]
    if (known === undefined) entries.push({ digest, id })
    else if (known.digest !== digest) {
      report(`agreement: guardian ${guardian} finalized another block at height ${position}`)
    }
    const block = blocks.get(digest)
    const before = position === 0 ? GENESIS : entries[position - 1]?.digest
    if (block?.parent !== before) report(`gap: guardian ${guardian} at height ${position}`)
    const isEmpty = block?.payload.length === 0
    if (isEmpty !== (id === null)) report(`effects: guardian ${guardian} at height ${position}`)
  }
  return {
    entries,
    know(block: Block): void {
      blocks.set(blockDigest(block), block)
    },
    restarted: (guardian: number) => void positions.set(guardian, 0),
    accepted(guardian: number, ordered: readonly number[], id: number): void {
      const key = caseOf(ordered, id)
      acceptedBy.set(key, (acceptedBy.get(key) ?? new Set<number>()).add(guardian))
    },
    finalized(
      guardian: number,
      digest: Hex,
      [id = null]: readonly (number | null)[],
      replayed: boolean,
    ): void {
      let position = positions.get(guardian) ?? 0
      // A shortened log leaves heartbeats out, nothing else, and only when it is read again.
      while (replayed && entries[position]?.id === null && entries[position]?.digest !== digest) position++
      checkOrder(guardian, position, digest, id)
      positions.set(guardian, position + 1)
      if (id === null) return
      const ordered = entries.slice(0, position).flatMap((entry) => entry.id ?? [])
      const count = acceptedBy.get(caseOf(ordered, id))?.size ?? 0
      if (count < needed) {
        report(
          `validity: guardian ${guardian} finalized offer ${id}, which ${count} honest guardians accepted`,
        )
      }
    },
  }
}

/** No honest guardian gives two votes that convict it, whatever happens to it. */
function createVoteChecker(report: Report) {
  const votes = new Map<string, Vote>()
  return (guardian: number, vote: Vote): void => {
    const given = (kind: number) => votes.get(`${guardian} ${vote.view} ${kind}`)
    const same = given(vote.kind)
    const conflict =
      (same !== undefined && same.digest !== vote.digest) ||
      (vote.kind === FINALIZE && given(NULLIFY) !== undefined) ||
      (vote.kind === NULLIFY && given(FINALIZE) !== undefined)
    if (conflict) {
      const what = vote.kind === NOTARIZE ? 'notarize' : vote.kind === NULLIFY ? 'nullify' : 'finalize'
      report(`incrimination: guardian ${guardian} in view ${vote.view} (${what})`)
    }
    votes.set(`${guardian} ${vote.view} ${vote.kind}`, vote)
  }
}
