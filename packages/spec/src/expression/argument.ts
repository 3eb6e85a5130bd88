import { bytesToHex, type Hex, toWord } from '@breakwater/kernel'
import type { Context } from './compiled.ts'
import { show } from './print.ts'
import type { Node } from './syntax.ts'
import { describe, isNumber } from './unit.ts'

/**
 * The 32-byte word of an argument: the same in every block, and of the parameter's ABI type. `undefined` when it is
 * not, which is reported.
 */
export function argumentWord(node: Node, abiType: string, context: Context): Hex | undefined {
  const reject = (reason: string, hint?: string): undefined =>
    context.report(node.at, 'SPEC_CALL', `${show(node)} ${reason}, ${abiType} is needed`, hint)
  if (node.kind === 'text') {
    if (abiType !== 'bytes32') return reject('is text')
    return textWord(node.value) ?? reject('has more than 32 bytes')
  }
  const { type, constant } = context.compile(node)
  if (type === 'invalid') return undefined
  if (constant === undefined) return reject('can change from block to block', 'arguments are constants')
  if (typeof constant === 'boolean') {
    return abiType === 'bool' ? toWord(constant ? 1n : 0n) : reject(`is ${describe(type)}`)
  }
  const range = rangeOf(abiType)
  if (range === undefined || !isNumber(type)) {
    const isSame = type === abiType && typeof constant === 'bigint'
    return isSame ? toWord(constant) : reject(`is ${describe(type)}`)
  }
  if (typeof constant !== 'bigint') return reject('is not a whole number', 'round it with floor(…)')
  const [lowest, highest] = range
  return constant >= lowest && constant <= highest ? toWord(constant) : reject('is out of range')
}

/** `1 argument`, `2 arguments`. */
export function argumentsText(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`
}

/** Lowest and highest number of an ABI integer type. */
function rangeOf(abiType: string): readonly [bigint, bigint] | undefined {
  const [, unsigned, bits] = /^(u?)int(\d+)$/.exec(abiType) ?? []
  if (bits === undefined) return undefined
  const size = 1n << BigInt(bits)
  return unsigned === 'u' ? [0n, size - 1n] : [-size / 2n, size / 2n - 1n]
}

/** Text as a bytes32 has it: left-aligned UTF-8, as Solidity and its libraries write market and role names. */
function textWord(text: string): Hex | undefined {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > 32) return undefined
  return `0x${bytesToHex(bytes).slice(2).padEnd(64, '0')}`
}
