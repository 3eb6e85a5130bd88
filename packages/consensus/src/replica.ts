import { BaseError, type Duty, type FinalRef, type Hex, type Judgement } from '@breakwater/kernel'
import type { Block } from './block.ts'
import type { Entry } from './chain.ts'

/** A duty's state as the log makes it: after the last finalized block, and after the tip of the branch above it. */
export interface Replica<Effect> {
  /** Applies a finalized block: in the order of the log, each once. */
  apply(entry: Entry): { at: FinalRef; effects: readonly Effect[] }
  /** From now on, what is proposed follows `ancestors` (the blocks since the last finalized one). */
  extend(ancestors: readonly Entry[]): void
  /** What this guardian would have ordered next; `null` when nothing. */
  propose(): Uint8Array | null
  /** This guardian's judgement of a block's payload in the state after `ancestors`. */
  judge(block: Block, ancestors: readonly Entry[], signal: AbortSignal): Promise<Judgement>
}

export function createReplica<Payload, State, Effect>(
  duty: Duty<Payload, State, Effect>,
  epoch: bigint,
): Replica<Effect> {
  let final = duty.init
  let tip = duty.init

  /** No honest guardian votes for what does not decode, so such a block, should it be finalized, does nothing. */
  const decode = ({ payload }: Block): Payload | null => {
    if (payload.length === 0) return null
    try {
      return duty.decode(payload)
    } catch (error) {
      if (error instanceof BaseError) return null
      throw error
    }
  }
  const refOf = (digest: Hex, block: Block): FinalRef => ({ epoch, view: block.view, digest })
  const step = (state: State, { digest, block }: Entry): { state: State; effects: readonly Effect[] } => {
    const payload = decode(block)
    return payload === null ? { state, effects: [] } : duty.apply(state, payload, refOf(digest, block))
  }
  const after = (ancestors: readonly Entry[]): State =>
    ancestors.reduce((state, entry) => step(state, entry).state, final)

  return {
    apply(entry) {
      const { state, effects } = step(final, entry)
      final = state
      return { at: refOf(entry.digest, entry.block), effects }
    },
    extend(ancestors) {
      tip = after(ancestors)
    },
    propose() {
      const payload = duty.propose(tip)
      return payload === null ? null : duty.encode(payload)
    },
    async judge(block, ancestors, signal) {
      const payload = decode(block)
      return payload === null ? 'reject' : duty.validate(after(ancestors), payload, signal)
    },
  }
}
