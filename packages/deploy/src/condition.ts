import { type Address, type Hex, keccakText } from '@breakwater/kernel'

/** A condition's `holds` for addresses and hashes, which are the same in whichever case. */
export const is =
  (wanted: Hex) =>
  (answer: unknown): boolean =>
    String(answer).toLowerCase() === wanted
export const isTrue = (answer: unknown): boolean => answer === true
export const isFalse = (answer: unknown): boolean => answer === false

export const ZERO_ADDRESS: Address = `0x${'0'.repeat(40)}`
/** First four bytes of a function's hash. */
export const selectorOf = (signature: string): Hex => keccakText(signature).slice(0, 10) as Hex
