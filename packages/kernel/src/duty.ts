import type { Hex } from './hex.ts'

/** Where in the log a payload was finalized. */
export interface FinalRef {
  epoch: bigint
  view: bigint
  digest: Hex
}

export type Judgement = 'accept' | 'reject' | 'abstain'

/**
 * A job that guardians do together. Consensus orders its payloads without knowing what they mean.
 * `State` follows from the finalized log alone, so that all guardians have the same.
 */
export interface Duty<Payload, State, Effect> {
  id: string
  init: State
  /** @throws KERNEL_DECODE for anything that is not a payload. */
  decode(bytes: Uint8Array): Payload
  encode(payload: Payload): Uint8Array
  /** What this guardian would have ordered now; `null` when there is nothing. */
  propose(state: State): Payload | null
  /** This guardian's own judgement of somebody's payload. It never rests on what the proposer says. */
  validate(state: State, payload: Payload, signal: AbortSignal): Promise<Judgement>
  apply(state: State, payload: Payload, at: FinalRef): { state: State; effects: readonly Effect[] }
}
