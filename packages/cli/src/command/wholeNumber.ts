import { usageError } from '../terminal.ts'

/** The number that a flag gives. @throws CLI_USAGE */
export function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value
  throw usageError(`${flag} is "${text}"`, `give a whole number from ${least} on`)
}
