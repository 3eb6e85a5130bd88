/**
 * Why a value is not known. None of these ever means "no match":
 * - `reverted`: the contract's function reverted
 * - `unsupported`: this node, or this way of reading, cannot tell
 * - `pruned`: the node no longer has the state
 * - `orphaned`: the block left the chain
 * - `warming`: a window has not been watched for its whole length yet
 * - `blind`: the providers do not agree, or do not answer
 * - `undefined`: the arithmetic has no result (division by zero, beyond the largest number)
 */
export type UnknownReason =
  | 'reverted'
  | 'unsupported'
  | 'pruned'
  | 'orphaned'
  | 'warming'
  | 'blind'
  | 'undefined'

/** A value, or the reason why there is none. */
export type Known<T> = { ok: true; value: T } | { ok: false; reason: UnknownReason }

export function known<T>(value: T): Known<T> {
  return { ok: true, value }
}

export function unknown(reason: UnknownReason): { ok: false; reason: UnknownReason } {
  return { ok: false, reason }
}
