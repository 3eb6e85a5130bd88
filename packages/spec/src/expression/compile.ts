import {
  type Known,
  known,
  mergeNeeds,
  type Needs,
  NO_NEEDS,
  type Quantity,
  type Scene,
} from '@breakwater/kernel'
import type { Contract } from '../contract.ts'
import { suggest } from '../nearest.ts'
import type { ReportAt } from '../problem.ts'
import { argumentsText } from './argument.ts'
import {
  type Compiled,
  type Context,
  computed,
  constant,
  fail,
  INVALID,
  quantityOf,
  type Run,
  type Scalar,
} from './compiled.ts'
import { compileHex, compileNumber } from './literal.ts'
import { mapQuantity } from './operate.ts'
import { compileBinary, compileChoice, compileSelection, compileUnary, wrongKind } from './operator.ts'
import { parseOrReport } from './parser.ts'
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

/** What expressions can refer to, and what they may cost. */
export interface Names {
  contracts: ReadonlyMap<string, Contract>
  values: ReadonlyMap<string, Compiled>
  /** Names that something is wrong with, which has been reported: what uses them is not to blame. */
  broken: ReadonlySet<string>
  /** Nodes that the expressions of the specification have left. */
  budget: { nodes: number }
}

/**
 * The value of an expression in one block. Unknown when a value that it needs is: the first one's reason, or
 * `undefined` for a division by zero and for numbers from 2^1024 on.
 */
export function evaluate<T extends Scalar>(expression: Expression<T>, scene: Scene): Known<T> {
  return expression.run(scene)
}

/** The syntax tree of a text; `undefined` when it has none, which is reported. */
export function readExpression(text: string, budget: Names['budget'], report: ReportAt): Node | undefined {
  const parsed = parseOrReport(text, 'plain', report)
  if (parsed === undefined) return undefined
  const isSpent = budget.nodes < 0
  budget.nodes -= parsed.nodes
  if (budget.nodes >= 0) return parsed.node
  const message = `the expressions of this file have more than ${MAX_SPEC_NODES} parts together`
  return isSpent ? undefined : report(0, 'SPEC_COST', message)
}

/** What an expression can be wanted for. */
interface Wanted {
  number: Quantity
  boolean: boolean
}

/** `undefined` when the text is wrong or does not give what is wanted, which is reported. */
export function compileText<W extends keyof Wanted>(
  wanted: W,
  text: string,
  names: Names,
  report: ReportAt,
): Expression<Wanted[W]> | undefined {
  const node = readExpression(text, names.budget, report)
  return node && compileExpression(wanted, text, node, names, report)
}

/** The same for a text that has been read already. */
export function compileExpression<W extends keyof Wanted>(
  wanted: W,
  text: string,
  node: Node,
  names: Names,
  report: ReportAt,
): Expression<Wanted[W]> | undefined {
  const needs: Needs[] = []
  const context: Context = {
    ...names,
    report,
    compile: (part) => compileNode(part, context),
    need: (part) => needs.push({ ...NO_NEEDS, ...part }),
  }
  const part = compileNode(node, context)
  if (part.type === 'invalid') return undefined
  if (wanted === 'number' ? !isNumber(part.type) : part.type !== 'boolean') {
    wrongKind({ node, part }, wanted, context)
    return undefined
  }
  const fixed = part.constant === undefined ? {} : { constant: part.constant }
  const expression: Expression = { text, type: part.type, needs: mergeNeeds(needs), run: part.run, ...fixed }
  return expression as Expression<Wanted[W]>
}

function compileNode(node: Node, context: Context): Compiled {
  switch (node.kind) {
    case 'number':
      return compileNumber(node, context)
    case 'hex':
      return compileHex(node, context)
    case 'text':
      return fail(context, node.at, 'SPEC_TYPE', 'text can only be a bytes32 argument')
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
  if (FUNCTIONS.some((word) => word === name)) {
    return fail(context, at, 'SPEC_NAME', `"${name}" is a function`, `write ${name}(…)`)
  }
  const hint = suggest(name, [...context.values.keys(), ...context.contracts.keys()])
  return fail(context, at, 'SPEC_NAME', `there is no value or contract "${name}"`, hint)
}

function isBlock(node: NodeOf<'member'>): boolean {
  return node.of.kind === 'name' && node.of.name === 'block'
}

const BLOCK_FIELDS: ReadonlyMap<string, Run> = new Map([
  ['number', ({ facts }: Scene) => known(facts.block.number)],
  ['timestamp', ({ facts }: Scene) => known(facts.block.timestampSeconds)],
])

function compileBlock({ name, at }: NodeOf<'member'>, context: Context): Compiled {
  const run = BLOCK_FIELDS.get(name)
  if (run !== undefined) return { type: 'onchain', run }
  return fail(context, at, 'SPEC_NAME', `there is no block.${name}`, suggest(name, BLOCK_FIELDS.keys()))
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
      return fail(
        context,
        node.at,
        'SPEC_WINDOW',
        'events(…) belongs into sum or count',
        'write count(events(…), 1h)',
      )
    default:
      return fail(context, node.at, 'SPEC_NAME', `there is no function "${name}"`, suggest(name, FUNCTIONS))
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
  const [first, second, third] = node.args
  if (first === undefined || second === undefined || third) return wrongCount(which, 2, node, context)
  const left = { node: first, part: context.compile(first) }
  const right = { node: second, part: context.compile(second) }
  if (left.part.type === 'invalid' || right.part.type === 'invalid') return INVALID
  const isWindow = right.part.type === 'seconds' && right.part.constant !== undefined
  if (which === 'ago' || isWindow) return compileHistory(which, left, right, context)
  return compileSelection(which, node.at, left, right, context)
}

function wrongCount(name: string, count: number, { at, args }: NodeOf<'invoke'>, context: Context): Compiled {
  const message = `${name} is called with ${argumentsText(args.length)}, it takes ${count}`
  return fail(context, at, 'SPEC_CALL', message)
}
