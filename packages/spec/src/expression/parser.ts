import { BaseError } from '@breakwater/kernel'
import type { ProblemCode, ReportAt } from '../problem.ts'
import { decimalQuantity } from '../scalar.ts'
import { type BinaryOp, isReserved, MAX_DEPTH, MAX_NODES, type Node } from './syntax.ts'
import { syntaxError, type Token, tokenize, type Words } from './token.ts'

/** Operators by how tightly they bind, loosest first; `not` stands between `and` and the comparisons. */
const OR = 1
const AND = 2
const COMPARISON = 3
const SUM = 4
const PRODUCT = 5
const OPERATORS: ReadonlyMap<string, readonly [BinaryOp, number]> = new Map([
  ['||', ['||', OR]],
  ['or', ['||', OR]],
  ['OR', ['||', OR]],
  ['&&', ['&&', AND]],
  ['and', ['&&', AND]],
  ['AND', ['&&', AND]],
  ['==', ['==', COMPARISON]],
  ['!=', ['!=', COMPARISON]],
  ['<', ['<', COMPARISON]],
  ['<=', ['<=', COMPARISON]],
  ['>', ['>', COMPARISON]],
  ['>=', ['>=', COMPARISON]],
  ['+', ['+', SUM]],
  ['-', ['-', SUM]],
  ['*', ['*', PRODUCT]],
  ['/', ['/', PRODUCT]],
  ['of', ['of', PRODUCT]],
])
const NOT = new Set(['not', 'NOT'])
const TIME_AND_SHARE = new Set(['s', 'm', 'h', 'd', 'bp'])

/** Where the parser is. */
interface Cursor {
  readonly tokens: readonly Token[]
  index: number
  nodes: number
  depth: number
}

/**
 * The syntax tree of an expression, and of how many nodes it consists.
 * @throws SPEC_SYNTAX, SPEC_COST with `meta.at`, the character.
 */
export function parse(text: string, words: Words = 'plain'): { node: Node; nodes: number } {
  const cursor: Cursor = { tokens: tokenize(text, words), index: 0, nodes: 0, depth: 0 }
  const node = choice(cursor)
  const rest = peek(cursor)
  if (rest.kind !== 'end') throw syntaxError(rest.at, `${quoted(rest)} has no meaning here`)
  return { node, nodes: cursor.nodes }
}

/** The same; what is wrong with the text is reported, and the result `undefined`. */
export function parseOrReport(
  text: string,
  words: Words,
  report: ReportAt,
): { node: Node; nodes: number } | undefined {
  try {
    return parse(text, words)
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    return report(Number(error.meta.at ?? 0), error.code as ProblemCode, error.shortMessage, error.hint)
  }
}

function choice(cursor: Cursor): Node {
  const test = operators(cursor, OR)
  if (!isNext(cursor, '?')) return test
  const { at } = take(cursor)
  const yes = nested(cursor, choice)
  expect(cursor, ':', 'a choice is: condition ? value : other value')
  return make(cursor, { kind: 'choose', at, test, yes, no: nested(cursor, choice) })
}

/** A chain of operators that bind at least as tightly as `loosest`. */
function operators(cursor: Cursor, loosest: number): Node {
  let left = prefix(cursor)
  for (let compared = false; ; ) {
    const token = peek(cursor)
    const [op, strength] = (token.kind === 'text' ? undefined : OPERATORS.get(token.text)) ?? []
    if (op === undefined || strength === undefined || strength < loosest) return left
    if (strength === COMPARISON && compared) {
      throw syntaxError(token.at, 'comparisons cannot be chained', 'write a < b and b < c')
    }
    compared = strength === COMPARISON
    take(cursor)
    const right = operators(cursor, strength + 1)
    left = make(cursor, { kind: 'binary', at: token.at, op, left, right })
  }
}

function prefix(cursor: Cursor): Node {
  const { kind, text, at } = peek(cursor)
  if (kind === 'word' && NOT.has(text)) {
    take(cursor)
    const of = nested(cursor, () => operators(cursor, COMPARISON))
    return make(cursor, { kind: 'unary', at, op: '!', of })
  }
  if (kind !== 'symbol' || (text !== '-' && text !== '!')) return power(cursor)
  take(cursor)
  return make(cursor, { kind: 'unary', at, op: text, of: nested(cursor, prefix) })
}

function power(cursor: Cursor): Node {
  const left = postfix(cursor)
  if (!isNext(cursor, '^')) return left
  const { at } = take(cursor)
  return make(cursor, { kind: 'binary', at, op: '^', left, right: nested(cursor, prefix) })
}

function postfix(cursor: Cursor): Node {
  let node = primary(cursor)
  for (;;) {
    if (isNext(cursor, '.')) {
      take(cursor)
      const { kind, text, at } = take(cursor)
      if (kind !== 'word' && kind !== 'number') throw syntaxError(at, 'a name or an index must follow "."')
      node = make(cursor, { kind: 'member', at, of: node, name: text })
    } else if (isNext(cursor, '(')) {
      node = make(cursor, { kind: 'invoke', at: node.at, callee: node, args: callArguments(cursor) })
    } else return node
  }
}

function callArguments(cursor: Cursor): readonly Node[] {
  const args: Node[] = []
  expect(cursor, '(')
  while (!isNext(cursor, ')')) {
    if (args.length > 0) expect(cursor, ',')
    args.push(nested(cursor, choice))
  }
  take(cursor)
  return args
}

function primary(cursor: Cursor): Node {
  const token = take(cursor)
  const { kind, at, text } = token
  if (kind === 'number') return number(cursor, text.replaceAll('_', ''), at)
  if (kind === 'hex') return make(cursor, { kind, at, digits: text.slice(2) })
  if (kind === 'text') return make(cursor, { kind, at, value: text.slice(1, -1) })
  if (kind === 'word' && !OPERATORS.has(text)) return make(cursor, { kind: 'name', at, name: text })
  if (kind !== 'symbol' || text !== '(') throw syntaxError(at, `a value is missing before ${quoted(token)}`)
  const node = nested(cursor, choice)
  expect(cursor, ')')
  return node
}

function number(cursor: Cursor, digits: string, at: number): Node {
  const { kind, text } = peek(cursor)
  const isUnit = text === '%' || (kind === 'word' && (!isReserved(text) || TIME_AND_SHARE.has(text)))
  if (isUnit) take(cursor)
  return make(cursor, {
    kind: 'number',
    at,
    digits,
    value: decimalQuantity(digits),
    unit: isUnit ? text : null,
  })
}

const END: Token = { kind: 'end', text: 'the end', at: 0 }
const SPLIT = 'name its parts under `values`'

function peek({ tokens, index }: Cursor): Token {
  return tokens[index] ?? END
}

function isNext(cursor: Cursor, symbol: string): boolean {
  const { kind, text } = peek(cursor)
  return kind === 'symbol' && text === symbol
}

function take(cursor: Cursor): Token {
  const token = peek(cursor)
  cursor.index += 1
  return token
}

function expect(cursor: Cursor, symbol: string, hint?: string): void {
  const token = peek(cursor)
  if (!isNext(cursor, symbol)) {
    throw syntaxError(token.at, `"${symbol}" is missing before ${quoted(token)}`, hint)
  }
  take(cursor)
}

function make(cursor: Cursor, node: Node): Node {
  cursor.nodes += 1
  if (cursor.nodes <= MAX_NODES) return node
  throw syntaxError(node.at, `the expression has more than ${MAX_NODES} parts`, SPLIT, 'SPEC_COST')
}

/** Reads something inside something else; only so can the parser come back into itself. */
function nested(cursor: Cursor, read: (cursor: Cursor) => Node): Node {
  cursor.depth += 1
  if (cursor.depth > MAX_DEPTH) {
    throw syntaxError(peek(cursor).at, 'the expression is nested too deeply', SPLIT, 'SPEC_COST')
  }
  const node = read(cursor)
  cursor.depth -= 1
  return node
}

function quoted({ kind, text }: Token): string {
  return kind === 'end' ? text : `"${text}"`
}
