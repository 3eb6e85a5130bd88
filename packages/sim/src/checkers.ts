/** Judges of a run who share no code with what they judge, and see only what honest guardians did. */
import { type Block, FINALIZE, GENESIS, NOTARIZE, NULLIFY, type Vote } from '@breakwater/consensus'
import type { Hex, Judgement } from '@breakwater/kernel'

export interface Checkers {
  readonly violations: readonly string[]
  /** The longest log: all others are beginnings of it. */
  blocks(): number
  restarted(guardian: number): void
  finalized(guardian: number, digest: Hex, block: Block, replayed: boolean): void
  forked(guardian: number): void
  judged(guardian: number, digest: Hex, judgement: Judgement): void
  voted(guardian: number, vote: Vote): void
}

export interface CheckerOptions {
  readonly honest: readonly number[]
  /** How many honest guardians must have accepted what is ordered: a quorum without the faulty ones. */
  readonly accepted: number
}

export function createCheckers({ honest, accepted }: CheckerOptions): Checkers {
  const violations: string[] = []
  const log: { digest: Hex; empty: boolean }[] = []
  /** By guardian, how much of the log it has handed out since its last start. */
  const positions = new Map<number, number>()
  const acceptedBy = new Map<Hex, Set<number>>()
  const votes = new Map<string, Vote>()

  const checkOrder = (guardian: number, digest: Hex, block: Block, replayed: boolean): void => {
    let position = positions.get(guardian) ?? 0
    // A shortened log leaves heartbeats out, nothing else, and only when it is read again.
    while (replayed && log[position]?.empty && log[position]?.digest !== digest) position++
    const before = position === 0 ? GENESIS : log[position - 1]?.digest
    const known = log[position]
    if (known === undefined) log.push({ digest, empty: block.payload.length === 0 })
    else if (known.digest !== digest) {
      violations.push(`agreement: guardian ${guardian} finalized another block at height ${position}`)
    }
    if (block.parent !== before) violations.push(`gap: guardian ${guardian} at height ${position}`)
    positions.set(guardian, position + 1)
  }
  const checkValidity = (guardian: number, digest: Hex, block: Block): void => {
    const count = acceptedBy.get(digest)?.size ?? 0
    if (block.payload.length > 0 && count < accepted) {
      violations.push(`validity: guardian ${guardian} finalized what ${count} honest guardians accepted`)
    }
  }

  return {
    violations,
    blocks: () => log.length,
    restarted: (guardian) => void positions.set(guardian, 0),
    finalized(guardian, digest, block, replayed) {
      if (!honest.includes(guardian)) return
      checkOrder(guardian, digest, block, replayed)
      checkValidity(guardian, digest, block)
    },
    forked(guardian) {
      if (honest.includes(guardian)) violations.push(`agreement: guardian ${guardian} met a forked log`)
    },
    judged(guardian, digest, judgement) {
      if (judgement !== 'accept' || !honest.includes(guardian)) return
      acceptedBy.set(digest, (acceptedBy.get(digest) ?? new Set<number>()).add(guardian))
    },
    voted(guardian, vote) {
      if (!honest.includes(guardian)) return
      const given = (kind: number) => votes.get(`${guardian} ${vote.view} ${kind}`)
      const same = given(vote.kind)
      const conflict =
        (same !== undefined && same.digest !== vote.digest) ||
        (vote.kind === FINALIZE && given(NULLIFY) !== undefined) ||
        (vote.kind === NULLIFY && given(FINALIZE) !== undefined)
      if (conflict) {
        const what = vote.kind === NOTARIZE ? 'notarize' : vote.kind === NULLIFY ? 'nullify' : 'finalize'
        violations.push(`incrimination: guardian ${guardian} in view ${vote.view} (${what})`)
      }
      votes.set(`${guardian} ${vote.view} ${vote.kind}`, vote)
    },
  }
}
