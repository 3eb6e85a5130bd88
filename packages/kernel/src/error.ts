/** Plain data that explains an error: names and values, never secrets. */
export type ErrorMeta = Readonly<Record<string, string | number | bigint | boolean | null>>

export interface ErrorOptions {
  /** Names and values that the message speaks of. */
  meta?: ErrorMeta
  /** What the reader can do about it. */
  hint?: string
  /** Page under `docs/` that explains this error, without extension. */
  docsPath?: string
  /** Whether the same call can succeed later without anybody changing anything. */
  retry?: 'never' | 'later'
  cause?: unknown
}

/** `error.toJSON()`: safe to log, to store and to answer with. */
export interface SerializedError {
  code: string
  message: string
  hint?: string
  docsPath?: string
  retry: 'never' | 'later'
  meta: Record<string, string | number | boolean | null>
  cause?: string
}

/**
 * The one error class. `code` is stable and upper case with the package in front (`CHAIN_REORG_TOO_DEEP`);
 * the message names the field, the value and the reason; the hint names the remedy.
 */
export class BaseError extends Error {
  override readonly name = 'BreakwaterError'
  readonly code: string
  readonly shortMessage: string
  readonly meta: ErrorMeta
  readonly hint: string | undefined
  readonly docsPath: string | undefined
  readonly retry: 'never' | 'later'

  constructor(code: string, shortMessage: string, options: ErrorOptions = {}) {
    super(
      options.hint === undefined ? shortMessage : `${shortMessage}\n  hint: ${options.hint}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.shortMessage = shortMessage
    this.meta = options.meta ?? {}
    this.hint = options.hint
    this.docsPath = options.docsPath
    this.retry = options.retry ?? 'never'
  }

  /** The first error of the cause chain, this one included, for which `test` holds. */
  walk(test: (error: unknown) => boolean): unknown {
    for (let error: unknown = this; error !== undefined; error = (error as { cause?: unknown }).cause) {
      if (test(error)) return error
    }
    return undefined
  }

  toJSON(): SerializedError {
    const meta: SerializedError['meta'] = {}
    for (const [name, value] of Object.entries(this.meta)) {
      meta[name] = typeof value === 'bigint' ? value.toString() : value
    }
    return {
      code: this.code,
      message: this.shortMessage,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.docsPath === undefined ? {} : { docsPath: this.docsPath }),
      retry: this.retry,
      meta,
      ...(this.cause === undefined ? {} : { cause: messageOf(this.cause) }),
    }
  }
}

/** One line about anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof BaseError) return error.shortMessage
  return error instanceof Error ? error.message : String(error)
}

/** Whether trying the same again can help; what we did not throw ourselves is never assumed to heal. */
export function isRetryable(error: unknown): boolean {
  return error instanceof BaseError && error.retry === 'later'
}
