import type { Quantity } from '@breakwater/kernel'

/** The syntax tree of an expression. `at` counts characters of its text. */
export type Node =
  | { kind: 'number'; at: number; digits: string; value: Quantity; unit: string | null }
  | { kind: 'hex'; at: number; digits: string }
  | { kind: 'text'; at: number; value: string }
  | { kind: 'name'; at: number; name: string }
  | { kind: 'member'; at: number; of: Node; name: string }
  | { kind: 'invoke'; at: number; callee: Node; args: readonly Node[] }
  | { kind: 'unary'; at: number; op: UnaryOp; of: Node }
  | { kind: 'binary'; at: number; op: BinaryOp; left: Node; right: Node }
  | { kind: 'choose'; at: number; test: Node; yes: Node; no: Node }

export type UnaryOp = '-' | '!'
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='
export type Arithmetic = '+' | '-' | '*' | '/' | 'of' | '^'
export type BinaryOp = Arithmetic | Comparison | '&&' | '||'
export type NodeOf<K extends Node['kind']> = Extract<Node, { kind: K }>

/** Bounds that keep every expression cheap to read and to evaluate. */
export const MAX_TEXT_CHARACTERS = 4_096
export const MAX_NODES = 512
export const MAX_DEPTH = 48
export const MAX_DIGITS = 100
export const MAX_EXPONENT = 1_024n
/** Nodes of all expressions of one specification together. */
export const MAX_SPEC_NODES = 4_096

export const FUNCTIONS = ['min', 'max', 'abs', 'floor', 'sum', 'count', 'ago', 'balance', 'events'] as const

const RESERVED: ReadonlySet<string> = new Set([
  ...FUNCTIONS,
  ...['and', 'AND', 'or', 'OR', 'not', 'NOT', 'of', 'true', 'false', 'block', 'bp', 's', 'm', 'h', 'd'],
])

/** Whether a word means something in expressions, so that nothing can be named so. */
export function isReserved(word: string): boolean {
  return RESERVED.has(word)
}
