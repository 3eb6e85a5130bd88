import { type Known, type Needs, type Quantity, type Scene, unknown } from '@breakwater/kernel'
import type { Contract } from '../contract.ts'
import type { ProblemCode, ReportAt } from '../problem.ts'
import type { Node } from './syntax.ts'
import type { Type } from './unit.ts'

/** Addresses and 32-byte words are integers, booleans are booleans. */
export type Scalar = Quantity | boolean
export type Run<T extends Scalar = Scalar> = (scene: Scene) => Known<T>

/** A part of an expression, ready to run. */
export interface Compiled {
  type: Type
  run: Run
  /** Its value when that is the same in every block. */
  constant?: Scalar
  /** The id under which the history keeps it: a call's, a named value's. */
  remembered?: string
}

/** What a part of an expression can refer to, and where its problems and needs go. */
export interface Context {
  contracts: ReadonlyMap<string, Contract>
  /** Named values that are already compiled. */
  values: ReadonlyMap<string, Compiled>
  /** Names that something is wrong with, which has been reported. */
  broken: ReadonlySet<string>
  compile(node: Node): Compiled
  report: ReportAt
  need(part: Partial<Needs>): void
}

const UNKNOWN = unknown('unsupported')
export const UNDEFINED = unknown('undefined')

/** In the place of what could not be compiled. */
export const INVALID: Compiled = { type: 'invalid', run: () => UNKNOWN }

/** Reports a problem of the character `at`. */
export function fail(
  context: Context,
  at: number,
  code: ProblemCode,
  message: string,
  hint?: string,
): Compiled {
  context.report(at, code, message, hint)
  return INVALID
}

/** A scene without anything in it, which constants are computed in. */
const NOWHERE: Scene = {
  facts: {
    block: { number: 0n, hash: '0x', parentHash: '0x', timestampSeconds: 0n },
    txs: [],
    calls: new Map(),
    observed: { atMs: 0, refs: new Map() },
  },
  values: new Map(),
  history: {
    sum: () => UNKNOWN,
    ago: () => UNKNOWN,
    stretch: () => null,
    extreme: () => UNKNOWN,
  },
}

export function constant(type: Type, value: Scalar): Compiled {
  const result = { ok: true, value } as const
  return { type, constant: value, run: () => result }
}

/** What is computed from `parts`: computed here and now when these are constants. */
export function computed(
  type: Type,
  parts: readonly Compiled[],
  run: Run,
  at: number,
  context: Context,
): Compiled {
  if (parts.some((part) => part.constant === undefined)) return { type, run }
  const result = run(NOWHERE)
  if (result.ok) return constant(type, result.value)
  return fail(
    context,
    at,
    'SPEC_CONSTANT',
    'this has no value: a division by zero, or a number beyond 2^1024',
  )
}

/** The same part where its type has been checked to be a number, an address or 32 bytes. */
export function quantityOf(part: Compiled): Run<Quantity> {
  return part.run as Run<Quantity>
}
/** The same part where its type has been checked to be a boolean. */
export function booleanOf(part: Compiled): Run<boolean> {
  return part.run as Run<boolean>
}

/** A call's result in the facts of the block, by the call's id. */
export function readCall(id: string): Run<bigint> {
  return ({ facts }) => facts.calls.get(id) ?? UNKNOWN
}

export function readValue(name: string): Run<Quantity> {
  return ({ values }) => values.get(name) ?? UNKNOWN
}
