import { BaseError } from './error.ts'

/**
 * Stops the program on a programmer's error. It stays on in production: going on with a broken assumption
 * is worse than stopping. What a user, a file or a peer can get wrong is never asserted but reported.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BaseError('KERNEL_ASSERTION', `assertion failed: ${message}`)
}

/** The value, which the caller knows to be there. */
export function defined<T>(value: T | undefined | null, what: string): T {
  assert(value !== undefined && value !== null, `${what} is missing`)
  return value
}

/** Makes the compiler prove that a union was handled completely. */
export function unreachable(value: never): never {
  throw new BaseError('KERNEL_ASSERTION', `assertion failed: unexpected ${String(value)}`)
}
