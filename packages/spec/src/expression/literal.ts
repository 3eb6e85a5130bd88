import { multiply, quantity } from '@breakwater/kernel'
import { suggest } from '../nearest.ts'
import { decimalQuantity, hasChecksum, UNIT_SECONDS } from '../scalar.ts'
import { type Compiled, type Context, constant, fail, INVALID } from './compiled.ts'
import type { NodeOf } from './syntax.ts'
import type { Type } from './unit.ts'

/** `5`, `5%`, `50bp`, `10m`, `1000 usdc`. */
export function compileNumber(node: NodeOf<'number'>, context: Context): Compiled {
  const { unit, at, digits } = node
  if (unit === null) return constant(node.value === 0n ? 'zero' : 'number', node.value)
  const scaled = (type: Type, factor: bigint, divisor = 1n): Compiled => {
    const value = multiply(decimalQuantity(digits), quantity(factor, divisor) ?? 0n)
    if (value !== undefined) return constant(type, value)
    return fail(context, at, 'SPEC_CONSTANT', `${digits} ${unit} is beyond the largest number`)
  }
  if (unit === '%') return scaled('share', 1n, 100n)
  if (unit === 'bp') return scaled('share', 1n, 10_000n)
  const seconds = UNIT_SECONDS.get(unit)
  if (seconds !== undefined) return scaled('seconds', seconds)
  if (context.broken.has(unit)) return INVALID
  const token = context.contracts.get(unit)
  if (token?.decimals !== undefined) return scaled(`amount of ${unit}`, 10n ** BigInt(token.decimals))
  if (token !== undefined) {
    const hint = `give the contract ${unit} its \`decimals\`, or put an operator between the two`
    return fail(context, at, 'SPEC_UNIT', `"${unit}" is no unit, because it has no decimals`, hint)
  }
  const tokens = [...context.contracts.values()].filter(({ decimals }) => decimals !== undefined)
  const known = ['%', 'bp', ...UNIT_SECONDS.keys(), ...tokens.map(({ alias }) => alias)]
  const hint = /^[eE]\d+$/.test(unit) ? `write ${digits} * 10^${unit.slice(1)}` : suggest(unit, known)
  return fail(context, at, 'SPEC_UNIT', `there is no unit "${unit}"`, hint)
}

/** An address of 40 digits or a word of 64. */
export function compileHex({ at, digits }: NodeOf<'hex'>, context: Context): Compiled {
  const value = BigInt(`0x${digits}`)
  if (digits.length === 64) return constant('bytes32', value)
  if (digits.length !== 40) {
    const message = `0x${digits.slice(0, 8)}… has ${digits.length} digits`
    const hint = 'an address has 40 digits, a bytes32 has 64; write numbers in decimal'
    return fail(context, at, 'SPEC_TYPE', message, hint)
  }
  if (hasChecksum(`0x${digits}`)) return constant('address', value)
  const message = `the capital letters of 0x${digits} do not agree with its checksum (EIP-55)`
  return fail(context, at, 'SPEC_TYPE', message)
}
