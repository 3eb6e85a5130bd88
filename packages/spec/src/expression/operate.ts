/**
 * How the parts of an expression run. An unknown operand makes the result unknown for the same reason, except where
 * the other operand of `&&` and `||` decides alone.
 * @module
 */

import {
  absolute,
  add,
  compare,
  divide,
  floor,
  type Known,
  known,
  multiply,
  negate,
  type Quantity,
  subtract,
} from '@breakwater/kernel'
import { type Run, type Scalar, UNDEFINED } from './compiled.ts'
import type { Arithmetic, Comparison } from './syntax.ts'

const TRUE: Known<boolean> = known(true)
const FALSE: Known<boolean> = known(false)

type Operation = (a: Quantity, b: Quantity) => Quantity | undefined
const ARITHMETIC: Readonly<Record<Exclude<Arithmetic, '^'>, Operation>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  of: multiply,
}
const SELECTION: Readonly<Record<'min' | 'max', Operation>> = {
  min: (a, b) => (compare(a, b) <= 0 ? a : b),
  max: (a, b) => (compare(a, b) >= 0 ? a : b),
}

function combine(operation: Operation, left: Run<Quantity>, right: Run<Quantity>): Run<Quantity> {
  return (scene) => {
    const a = left(scene)
    if (!a.ok) return a
    const b = right(scene)
    if (!b.ok) return b
    const value = operation(a.value, b.value)
    return value === undefined ? UNDEFINED : { ok: true, value }
  }
}

export function arithmetic(
  op: Exclude<Arithmetic, '^'> | 'min' | 'max',
  left: Run<Quantity>,
  right: Run<Quantity>,
): Run<Quantity> {
  return combine(op === 'min' || op === 'max' ? SELECTION[op] : ARITHMETIC[op], left, right)
}

/** `base` to a whole power from 0 on, by squaring; beyond the largest number it is undefined and stops there. */
export function power(base: Run<Quantity>, exponent: bigint): Run<Quantity> {
  return (scene) => {
    const root = base(scene)
    if (!root.ok) return root
    let [result, square]: (Quantity | undefined)[] = [1n, root.value]
    for (let left = exponent; left > 0n; left >>= 1n) {
      if (square === undefined || result === undefined) return UNDEFINED
      if (left & 1n) result = multiply(result, square)
      if (left > 1n) square = multiply(square, square)
    }
    return result === undefined ? UNDEFINED : known(result)
  }
}

export function mapQuantity(which: 'negate' | 'abs' | 'floor', of: Run<Quantity>): Run<Quantity> {
  const map = { negate, abs: absolute, floor }[which]
  return (scene) => {
    const value = of(scene)
    return value.ok ? known(map(value.value)) : value
  }
}

/** Whether a comparison holds of two things by their order: negative, 0 or positive. */
export const HOLDS: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

export function comparison(op: Comparison, left: Run<Quantity>, right: Run<Quantity>): Run<boolean> {
  const holds = HOLDS[op]
  return (scene) => {
    const a = left(scene)
    if (!a.ok) return a
    const b = right(scene)
    if (!b.ok) return b
    return holds(compare(a.value, b.value)) ? TRUE : FALSE
  }
}

export function sameness(op: '==' | '!=', left: Run<boolean>, right: Run<boolean>): Run<boolean> {
  return (scene) => {
    const a = left(scene)
    if (!a.ok) return a
    const b = right(scene)
    if (!b.ok) return b
    return (a.value === b.value) === (op === '==') ? TRUE : FALSE
  }
}

export function negation(of: Run<boolean>): Run<boolean> {
  return (scene) => {
    const value = of(scene)
    if (!value.ok) return value
    return value.value ? FALSE : TRUE
  }
}

/** `&&` is decided by a false operand and `||` by a true one, whatever the other is. */
export function logic(op: '&&' | '||', left: Run<boolean>, right: Run<boolean>): Run<boolean> {
  const deciding = op === '||'
  return (scene) => {
    const a = left(scene)
    if (a.ok && a.value === deciding) return a
    const b = right(scene)
    if (b.ok && b.value === deciding) return b
    return a.ok ? b : a
  }
}

export function choose<T extends Scalar>(test: Run<boolean>, yes: Run<T>, no: Run<T>): Run<T> {
  return (scene) => {
    const decided = test(scene)
    if (!decided.ok) return decided
    return decided.value ? yes(scene) : no(scene)
  }
}
