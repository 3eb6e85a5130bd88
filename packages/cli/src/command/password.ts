import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { BaseError } from '@breakwater/kernel'
import { type Terminal, usageError } from '../terminal.ts'
import { readText } from './readText.ts'

/** stdin: whether somebody sits at it decides whether anything is asked. */
export type Input = NodeJS.ReadableStream & { isTTY?: boolean }

export const PASSWORD_VARIABLE = 'BREAKWATER_PASSWORD'

export interface PasswordOptions {
  /** `--password-file`; one line break at its end does not count. */
  file: string | undefined
  /** Whether it is a new one: asked for twice, and not empty. */
  isNew: boolean
}

/**
 * A keystore's password: from the file that was named, else the variable BREAKWATER_PASSWORD, else whoever sits at the
 * terminal. Never from the command line, which other users of the machine can read.
 * @throws CLI_USAGE
 */
export async function readPassword(
  { file, isNew }: PasswordOptions,
  terminal: Terminal,
  input: Input,
): Promise<string> {
  const password = await findPassword(file, isNew, terminal, input)
  if (isNew && password === '') throw usageError('the password is empty', 'choose one that protects the key')
  return password
}

async function findPassword(
  file: string | undefined,
  isNew: boolean,
  terminal: Terminal,
  input: Input,
): Promise<string> {
  if (file !== undefined) return (await readText(file, input)).replace(/\r?\n$/, '')
  const variable = process.env[PASSWORD_VARIABLE]
  if (variable !== undefined) return variable
  if (input.isTTY !== true) {
    throw usageError('there is no password', `set ${PASSWORD_VARIABLE}, or name a file: --password-file FILE`)
  }
  const password = await askHidden('Password: ', terminal, input)
  if (isNew && (await askHidden('The same again: ', terminal, input)) !== password) {
    throw usageError('the two passwords differ', 'try again')
  }
  return password
}

/** Asks on the terminal; what is typed is not shown. @throws CLI_USAGE when the input ends, CLI_INTERRUPTED */
export async function askHidden(question: string, terminal: Terminal, input: Input): Promise<string> {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  // From here on the terminal echoes nothing.
  const reader = createInterface({ input, output, terminal: true })
  terminal.progress(question)
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('line', resolve)
      reader.once('SIGINT', () => reject(new BaseError('CLI_INTERRUPTED', 'interrupted', { retry: 'later' })))
      reader.once('close', () =>
        reject(usageError('the input ended before an answer', 'type it at the prompt')),
      )
    })
  } finally {
    reader.close()
  }
}
