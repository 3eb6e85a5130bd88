import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { messageOf } from '@breakwater/kernel'
import { usageError } from '../terminal.ts'

/** A file's text; `-` stands for what comes in by `input`. @throws CLI_USAGE when the file cannot be read. */
export async function readText(file: string, input: NodeJS.ReadableStream): Promise<string> {
  if (file === '-') return text(input)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw usageError(`${file} cannot be read: ${messageOf(error)}`, 'give the path of a file, or - for stdin')
  }
}

/** What messages call the file. */
export function nameOf(file: string): string {
  return file === '-' ? 'stdin' : file
}
