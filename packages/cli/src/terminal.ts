import { BaseError, toJson } from '@breakwater/kernel'
import pc from 'picocolors'

/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, later: 75 } as const

/** Data goes to stdout, everything for people beside it to stderr. */
export interface Terminal {
  isTty: boolean
  color: typeof pc
  /** A line of data. */
  print(line: string): void
  /** One JSON object a line; bigints as decimal strings. */
  json(value: unknown): void
  /** Progress and remarks. */
  note(line: string): void
  /** A line that is replaced by the next one, on a terminal only. */
  progress(line: string): void
}

export function createTerminal(): Terminal {
  const { stdout, stderr } = process
  let hasProgress = false
  const clear = () => {
    if (hasProgress) stderr.write('\r\u001b[2K')
    hasProgress = false
  }
  return {
    isTty: stdout.isTTY === true,
    color: pc,
    print(line) {
      clear()
      stdout.write(`${line}\n`)
    },
    json(value) {
      clear()
      stdout.write(`${toJson(value)}\n`)
    },
    note(line) {
      clear()
      stderr.write(`${line}\n`)
    },
    progress(line) {
      if (stderr.isTTY !== true) return
      clear()
      stderr.write(line.slice(0, (stderr.columns || 80) - 1))
      hasProgress = true
    },
  }
}

/** A mistake in how a command was called or configured. */
export function usageError(message: string, hint: string): BaseError {
  return new BaseError('CLI_USAGE', message, { hint })
}

/** Configuration and input that a user can mend. */
const USAGE =
  /^(CLI_USAGE|SPEC_|NODE_CONFIG|KEYS_|CHAIN_RPC_URL|CHAIN_WRONG_ID|NODE_REGISTRY|NODE_NOT_GUARDIAN|DEPLOY_BOOK|DEPLOY_CONFIG|DEPLOY_SENDER)/

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof BaseError)) return EXIT.failed
  if (USAGE.test(error.code)) return EXIT.usage
  return error.retry === 'later' ? EXIT.later : EXIT.failed
}
