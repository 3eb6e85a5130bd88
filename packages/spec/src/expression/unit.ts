/**
 * What an expression is: a number with its unit, or something else. The chain gives plain integers, so an on-chain
 * number agrees with amounts and times; it never agrees with a share, which is the mistake that matters
 * (`tvl >= 5%`). The table is in `docs/specification.md`.
 * @module
 */

export type Type =
  /** The literal 0, which agrees with every number. */
  | 'zero'
  | 'number'
  | 'onchain'
  | 'share'
  | 'seconds'
  | `amount of ${string}`
  | 'boolean'
  | 'address'
  | 'bytes32'
  /** Something wrong that has been reported: agrees with everything, so that one mistake is one problem. */
  | 'invalid'

const NOT_NUMBERS: ReadonlySet<Type> = new Set<Type>(['boolean', 'address', 'bytes32'])

export function isNumber(type: Type): boolean {
  return !NOT_NUMBERS.has(type)
}

export function isAmount(type: Type): boolean {
  return type.startsWith('amount of ')
}

/** The common type of two numbers that are added or compared, or of two other things; `undefined` if they disagree. */
export function unify(a: Type, b: Type): Type | undefined {
  if (a === 'invalid' || b === 'invalid') return 'invalid'
  if (a === b) return a
  if (!isNumber(a) || !isNumber(b)) return undefined
  if (a === 'zero') return b
  if (b === 'zero') return a
  return agree(a, b) ?? agree(b, a)
}

function agree(a: Type, b: Type): Type | undefined {
  if (a === 'number' && (b === 'onchain' || b === 'share')) return b
  return a === 'onchain' && (b === 'seconds' || isAmount(b)) ? b : undefined
}

const isPlain = (type: Type): boolean => type === 'number' || type === 'zero'

/** Of a product; `undefined` when there is no unit for it (amount × time). */
export function multiplyTypes(a: Type, b: Type): Type | undefined {
  if (a === 'invalid' || b === 'invalid') return 'invalid'
  if (isPlain(a)) return isPlain(b) ? 'number' : b
  if (isPlain(b)) return a
  if (a === 'onchain' || b === 'onchain') return 'onchain'
  if (a === 'share') return b
  return b === 'share' ? a : undefined
}

/** Of a quotient: like by like is a share, on-chain by on-chain a number, amount by time an on-chain rate. */
export function divideTypes(a: Type, b: Type): Type {
  if (a === 'invalid' || b === 'invalid') return 'invalid'
  if (isPlain(b) || b === 'share') return isPlain(a) ? 'number' : a
  if (a === b) return a === 'onchain' ? 'number' : 'share'
  if ((a === 'onchain' && isAmount(b)) || (isAmount(a) && b === 'onchain')) return 'number'
  return 'onchain'
}

/** For messages: `tvl is an on-chain number`. */
export function describe(type: Type): string {
  switch (type) {
    case 'zero':
    case 'number':
      return 'a plain number'
    case 'onchain':
      return 'an on-chain number'
    case 'share':
      return 'a share'
    case 'seconds':
      return 'a duration'
    case 'boolean':
      return 'true or false'
    case 'bytes32':
      return '32 bytes'
    default:
      return `an ${type}`
  }
}
