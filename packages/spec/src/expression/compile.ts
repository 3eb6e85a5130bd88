import {
  BaseError,
  type Known,
  mergeNeeds,
  type Needs,
  NO_NEEDS,
  type Quantity,
  type Scene,
  shorten,
} from '@breakwater/kernel'
import type { Contract } from '../contract.ts'
import { suggest } from '../nearest.ts'
import type { ProblemCode, ReportAt } from '../problem.ts'
import {
  type Compiled,
  type Context,
  computed,
  constant,
  INVALID,
  quantityOf,
  type Run,
  type Scalar,
} from './compiled.ts'
import { compileHex, compileNumber } from './literal.ts'
import { mapQuantity } from './operate.ts'
import { compileBinary, compileChoice, compileSelection, compileUnary, wrongKind } from './operator.ts'
import { parse } from './parser.ts'
import { compileBalance, compileRead } from './read.ts'
import { FUNCTIONS, MAX_SPEC_NODES, type Node, type NodeOf } from './syntax.ts'
import { isNumber, type Type } from './unit.ts'
import { compileHistory, compileSum } from './window.ts'

/** An expression, checked and ready to evaluate. */
export interface Expression<T extends Scalar = Scalar> {
  /** As it is written in the specification. */
  text: string
  type: Type
  /** What must be read to evaluate it, apart from what its named values need. */
  needs: Needs
  run: Run<T>
  /** Its value when that is the same in every block. */
  constant?: T
}

/** What expressions can refer to. */
export interface Names {
  contracts: ReadonlyMap<string, Contract>
  values: ReadonlyMap<string, Compiled>
  /** Names that something is wrong with, which has been reported: what uses them is not to blame. */
  broken: ReadonlySet<string>
}

/** Nodes that the expressions of one specification have left. */
export interface Budget {
  nodes: number
}

/**
 * The value of an expression in one block. Unknown when a value that it needs is: the first one's reason, or
 * `undefined` for a division by zero and for numbers from 2^1024 on.
 */
export function evaluate<T extends Scalar>(expression: Expression<T>, scene: Scene): Known<T> {
  return expression.run(scene)
}

/** The syntax tree of a text; `undefined` when it has none, which is reported. */
export function readExpression(text: string, budget: Budget, report: ReportAt): Node | undefined {
  try {
    const { node, nodes } = parse(text)
    const isFirstBeyond = budget.nodes >= 0
    budget.nodes -= nodes
    if (budget.nodes >= 0) return node
    if (isFirstBeyond)
      report(0, 'SPEC_COST', `the expressions of this file have more than ${MAX_SPEC_NODES} parts together`)
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    report(Number(error.meta.at ?? 0), error.code as ProblemCode, error.shortMessage, error.hint)
  }
  return undefined
}

/** `undefined` when the expression is wrong or does not give what is wanted, which is reported. */
export function compileExpression(
  wanted: 'number',
  text: string,
  node: Node,
  names: Names,
  report: ReportAt,
): Expression<Quantity> | undefined
export function compileExpression(
  wanted: 'boolean',
  text: string,
  node: Node,
  names: Names,
  report: ReportAt,
): Expression<boolean> | undefined
export function compileExpression(
  wanted: 'number' | 'boolean',
  text: string,
  node: Node,
  names: Names,
  report: ReportAt,
): Expression | undefined {
  const needs: Needs[] = []
  const context: Context = {
    ...names,
    report,
    compile: (part) => compileNode(part, context),
    need: (part) => needs.push({ ...NO_NEEDS, ...part }),
  }
  const part = compileNode(node, context)
  if (part.type === 'invalid') return undefined
  if ((wanted === 'number' && !isNumber(part.type)) || (wanted === 'boolean' && part.type !== 'boolean')) {
    const hint =
      wanted === 'number' ? 'named values are numbers; conditions belong to `invariants`' : undefined
    wrongKind({ node, part }, wanted, context, hint)
    return undefined
  }
  const fixed = part.constant === undefined ? {} : { constant: part.constant }
  return { text, type: part.type, needs: mergeNeeds(needs), run: part.run, ...fixed }
}

function compileNode(node: Node, context: Context): Compiled {
  switch (node.kind) {
    case 'number':
      return compileNumber(node, context)
    case 'hex':
      return compileHex(node, context)
    case 'text':
      context.report(
        node.at,
        'SPEC_TYPE',
        'text can only be a bytes32 argument of a call or of an event filter',
      )
      return INVALID
    case 'name':
      return compileName(node, context)
    case 'member':
      return isBlock(node) ? compileBlock(node, context) : compileRead(node, context)
    case 'invoke':
      return node.callee.kind === 'name'
        ? compileFunction(node.callee.name, node, context)
        : compileRead(node, context)
    case 'unary':
      return compileUnary(node, context)
    case 'binary':
      return compileBinary(node, context)
    case 'choose':
      return compileChoice(node, context)
  }
}

function compileName({ name, at }: NodeOf<'name'>, context: Context): Compiled {
  if (name === 'true' || name === 'false') return constant('boolean', name === 'true')
  if (context.broken.has(name)) return INVALID
  const value = context.values.get(name)
  if (value !== undefined) return value
  const contract = context.contracts.get(name)
  if (contract !== undefined) return constant('address', BigInt(contract.address))
  const isFunction = FUNCTIONS.some((word) => word === name)
  const names = [...context.values.keys(), ...context.contracts.keys()]
  context.report(
    at,
    'SPEC_NAME',
    isFunction ? `"${name}" is a function` : `there is no value or contract "${shorten(name)}"`,
    isFunction ? `write ${name}(…)` : suggest(name, names),
  )
  return INVALID
}

function isBlock(node: NodeOf<'member'>): boolean {
  return node.of.kind === 'name' && node.of.name === 'block'
}

function compileBlock({ name, at }: NodeOf<'member'>, context: Context): Compiled {
  if (name === 'number')
    return { type: 'onchain', run: ({ facts }) => ({ ok: true, value: facts.block.number }) }
  if (name === 'timestamp') {
    return { type: 'onchain', run: ({ facts }) => ({ ok: true, value: facts.block.timestampSeconds }) }
  }
  context.report(at, 'SPEC_NAME', `there is no block.${name}`, suggest(name, ['number', 'timestamp']))
  return INVALID
}

function compileFunction(name: string, node: NodeOf<'invoke'>, context: Context): Compiled {
  switch (name) {
    case 'sum':
    case 'count':
      return compileSum(name, node, context)
    case 'balance':
      return compileBalance(node, context)
    case 'abs':
    case 'floor':
      return compileMap(name, node, context)
    case 'min':
    case 'max':
    case 'ago':
      return compilePair(name, node, context)
    case 'events':
      context.report(
        node.at,
        'SPEC_WINDOW',
        'events(…) belongs into sum or count',
        'write count(events(…), 1h)',
      )
      return INVALID
    default:
      context.report(node.at, 'SPEC_NAME', `there is no function "${name}"`, suggest(name, FUNCTIONS))
      return INVALID
  }
}

function compileMap(which: 'abs' | 'floor', node: NodeOf<'invoke'>, context: Context): Compiled {
  const [of] = node.args
  if (of === undefined || node.args.length !== 1) return wrongCount(which, 1, node, context)
  const part = context.compile(of)
  if (part.type === 'invalid') return INVALID
  if (!isNumber(part.type)) return wrongKind({ node: of, part }, 'number', context)
  return computed(part.type, [part], mapQuantity(which, quantityOf(part)), node.at, context)
}

/** `max(a, b)` of two numbers; with a constant duration in the second place, over the blocks of that window. */
function compilePair(which: 'min' | 'max' | 'ago', node: NodeOf<'invoke'>, context: Context): Compiled {
  const [first, second] = node.args
  if (first === undefined || second === undefined || node.args.length !== 2)
    return wrongCount(which, 2, node, context)
  const left = { node: first, part: context.compile(first) }
  const right = { node: second, part: context.compile(second) }
  if (left.part.type === 'invalid' || right.part.type === 'invalid') return INVALID
  const isWindow = right.part.type === 'seconds' && right.part.constant !== undefined
  if (which === 'ago' || isWindow) return compileHistory(which, left, right, context)
  return compileSelection(which, node.at, left, right, context)
}

function wrongCount(name: string, count: number, { at, args }: NodeOf<'invoke'>, context: Context): Compiled {
  context.report(at, 'SPEC_CALL', `${name} is called with ${args.length} arguments, it takes ${count}`)
  return INVALID
}
