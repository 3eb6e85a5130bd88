/**
 * What contracts answer, decoded with suspicion: whoever wrote the contract wrote the answer too. Anything that is not
 * exactly of the expected form counts as no answer.
 * @module
 */

import { type Address, type Hex, keccakText, toWord } from '@breakwater/kernel'
import { decodeAbiParameters } from 'viem'
import type { Call } from './reader.ts'

/** What a call returned; `null` when it reverted. */
export type Answer = Hex | null

/** A call of `signature` with arguments of one word each. */
export function view(to: Address, signature: string, ...args: readonly bigint[]): Call {
  const words = args.map((arg) => toWord(arg).slice(2)).join('')
  return { to, data: `${keccakText(signature).slice(0, 10)}${words}` as Hex }
}

/** The word `index` of an answer, unsigned; `null` when it is not that long. */
export function wordOf(answer: Answer, index = 0): bigint | null {
  const digits = answer?.slice(2 + 64 * index, 2 + 64 * (index + 1)) ?? ''
  return digits.length === 64 ? BigInt(`0x${digits}`) : null
}

export function intOf(answer: Answer, index = 0): bigint | null {
  const word = wordOf(answer, index)
  return word === null ? null : BigInt.asIntN(256, word)
}

export function addressOf(answer: Answer): Address | null {
  const word = wordOf(answer)
  return word === null || word >> 160n !== 0n ? null : toAddress(word)
}

export function toAddress(word: bigint): Address {
  return `0x${word.toString(16).padStart(40, '0')}`
}

/** `false` and `true` are 0 and 1; nothing else is a boolean. */
export function boolOf(answer: Answer): boolean | null {
  const word = wordOf(answer)
  return word === 0n ? false : word === 1n ? true : null
}

/** A token's or feed's decimals, as far as a specification can say them. */
export function decimalsOf(answer: Answer): number | null {
  const word = wordOf(answer)
  return word !== null && word <= 36n ? Number(word) : null
}

const MAX_TEXT = 60

/**
 * A `string`, or the `bytes32` of early tokens: printable ASCII on one line, and not long. What is written into a
 * file's comments must not be able to end them.
 */
export function textOf(answer: Answer): string | null {
  if (answer === null) return null
  const text = answer.length === 66 ? bytes32Text(answer) : stringOf(answer)
  if (text === null || text === '') return null
  const printable = text.replace(/[^\x20-\x7e]/g, '?').trim()
  return printable.length <= MAX_TEXT ? printable : `${printable.slice(0, MAX_TEXT - 3)}...`
}

function bytes32Text(answer: Hex): string {
  return Buffer.from(answer.slice(2), 'hex').toString('latin1').replace(/\0+$/, '')
}

function stringOf(answer: Hex): string | null {
  try {
    return decodeAbiParameters([{ type: 'string' }], answer)[0]
  } catch {
    return null
  }
}
