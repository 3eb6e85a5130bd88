import { booleanOf, type Compiled, type Context, computed, fail, INVALID, quantityOf } from './compiled.ts'
import { arithmetic, choose, comparison, logic, mapQuantity, negation, power, sameness } from './operate.ts'
import { show } from './print.ts'
import { type Arithmetic, type Comparison, MAX_EXPONENT, type Node, type NodeOf } from './syntax.ts'
import { describe, divideTypes, isAmount, isNumber, multiplyTypes, type Type, unify } from './unit.ts'

/** A compiled operand and where it came from. */
interface Operand {
  node: Node
  part: Compiled
}

export function compileBinary(node: NodeOf<'binary'>, context: Context): Compiled {
  const { op } = node
  if (op === '^') return compilePower(node, context)
  const left = { node: node.left, part: context.compile(node.left) }
  const right = { node: node.right, part: context.compile(node.right) }
  if (left.part.type === 'invalid' || right.part.type === 'invalid') return INVALID
  switch (op) {
    case '&&':
    case '||':
      return compileLogic(op, node.at, left, right, context)
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compileComparison(op, node.at, left, right, context)
    default:
      return compileArithmetic(op, node.at, left, right, context)
  }
}

export function compileUnary({ op, at, of }: NodeOf<'unary'>, context: Context): Compiled {
  const part = context.compile(of)
  if (part.type === 'invalid') return INVALID
  if (op === '!') {
    if (part.type !== 'boolean') return wrongKind({ node: of, part }, 'boolean', context)
    return computed('boolean', [part], negation(booleanOf(part)), at, context)
  }
  if (!isNumber(part.type)) return wrongKind({ node: of, part }, 'number', context)
  return computed(part.type, [part], mapQuantity('negate', quantityOf(part)), at, context)
}

export function compileChoice({ at, test, yes, no }: NodeOf<'choose'>, context: Context): Compiled {
  const [condition, left, right] = [test, yes, no].map((node) => ({ node, part: context.compile(node) }))
  if (condition === undefined || left === undefined || right === undefined) return INVALID
  const parts = [condition.part, left.part, right.part]
  if (parts.some(({ type }) => type === 'invalid')) return INVALID
  if (condition.part.type !== 'boolean') return wrongKind(condition, 'boolean', context)
  const type = unify(left.part.type, right.part.type)
  if (type === undefined) return disagree('choose between', at, left, right, context)
  return computed(type, parts, choose(booleanOf(condition.part), left.part.run, right.part.run), at, context)
}

/** The smaller or larger of two numbers that agree. */
export function compileSelection(
  which: 'min' | 'max',
  at: number,
  left: Operand,
  right: Operand,
  context: Context,
): Compiled {
  const wrong = [left, right].find(({ part }) => !isNumber(part.type))
  if (wrong) return wrongKind(wrong, 'number', context)
  const type = unify(left.part.type, right.part.type)
  if (type === undefined) return disagree(`take the ${which} of`, at, left, right, context)
  const run = arithmetic(which, quantityOf(left.part), quantityOf(right.part))
  return computed(type, [left.part, right.part], run, at, context)
}

/** Reports that something else was needed here. */
export function wrongKind(
  { node, part }: Operand,
  wanted: 'number' | 'boolean',
  context: Context,
  hint?: string,
): Compiled {
  const what = wanted === 'number' ? 'a number' : 'a condition'
  const message = `${show(node)} is ${describe(part.type)} where ${what} belongs`
  return fail(context, node.at, 'SPEC_TYPE', message, hint)
}

function compileLogic(
  op: '&&' | '||',
  at: number,
  left: Operand,
  right: Operand,
  context: Context,
): Compiled {
  const wrong = [left, right].find(({ part }) => part.type !== 'boolean')
  if (wrong) return wrongKind(wrong, 'boolean', context)
  const run = logic(op, booleanOf(left.part), booleanOf(right.part))
  return computed('boolean', [left.part, right.part], run, at, context)
}

function compileComparison(
  op: Comparison,
  at: number,
  left: Operand,
  right: Operand,
  context: Context,
): Compiled {
  const type = unify(left.part.type, right.part.type)
  if (type === undefined) return disagree('compare', at, left, right, context)
  const parts = [left.part, right.part]
  const isOrder = op !== '==' && op !== '!='
  if (isOrder && !isNumber(type)) return wrongKind(left, 'number', context, 'only == and != compare these')
  const run =
    type === 'boolean' && !isOrder
      ? sameness(op, booleanOf(left.part), booleanOf(right.part))
      : comparison(op, quantityOf(left.part), quantityOf(right.part))
  return computed('boolean', parts, run, at, context)
}

function compileArithmetic(
  op: Exclude<Arithmetic, '^'>,
  at: number,
  left: Operand,
  right: Operand,
  context: Context,
): Compiled {
  const wrong = [left, right].find(({ part }) => !isNumber(part.type))
  if (wrong) return wrongKind(wrong, 'number', context)
  const [a, b] = [left.part.type, right.part.type]
  if (op === 'of' && a !== 'share' && a !== 'number') {
    const message = `${show(left.node)} is ${describe(a)} where a share belongs`
    return fail(context, left.node.at, 'SPEC_UNIT', message, 'write 5% of tvl')
  }
  const type = typeOf(op, a, b)
  if (type === undefined) return disagree(VERBS[op], at, left, right, context)
  const run = arithmetic(op, quantityOf(left.part), quantityOf(right.part))
  return computed(type, [left.part, right.part], run, at, context)
}

function typeOf(op: Exclude<Arithmetic, '^'>, a: Type, b: Type): Type | undefined {
  if (op === '/') return divideTypes(a, b)
  return op === '*' || op === 'of' ? multiplyTypes(a, b) : unify(a, b)
}

function compilePower({ at, left, right }: NodeOf<'binary'>, context: Context): Compiled {
  const [base, exponent] = [context.compile(left), context.compile(right)]
  if (base.type === 'invalid' || exponent.type === 'invalid') return INVALID
  if (!isNumber(base.type)) return wrongKind({ node: left, part: base }, 'number', context)
  const times = exponent.constant
  if (typeof times !== 'bigint' || times < 0n || times > MAX_EXPONENT || !isPlain(exponent.type)) {
    const message = `the exponent ${show(right)} is not a whole number from 0 to ${MAX_EXPONENT}`
    return fail(context, right.at, typeof times === 'bigint' ? 'SPEC_COST' : 'SPEC_TYPE', message)
  }
  if (base.type === 'seconds' || isAmount(base.type)) {
    return fail(context, at, 'SPEC_UNIT', `there is no unit for a power of ${describe(base.type)}`)
  }
  const type = base.type === 'zero' ? 'number' : base.type
  return computed(type, [base], power(quantityOf(base), times), at, context)
}

const isPlain = (type: Type): boolean => type === 'number' || type === 'zero'

const VERBS: Readonly<Record<Exclude<Arithmetic, '^'>, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  of: 'take a share of',
}

function disagree(verb: string, at: number, left: Operand, right: Operand, context: Context): Compiled {
  const [a, b] = [left.part.type, right.part.type]
  const code = isNumber(a) && isNumber(b) ? 'SPEC_UNIT' : 'SPEC_TYPE'
  const message = `cannot ${verb} ${describe(a)} and ${describe(b)}: ${show(left.node)}, ${show(right.node)}`
  return fail(context, at, code, message, unitHint(left, right) ?? unitHint(right, left))
}

/** What was probably meant by `one`, seen from `other`. */
function unitHint(one: Operand, other: Operand): string | undefined {
  const [a, b] = [one.part.type, other.part.type]
  const text = show(one.node)
  const isLiteral = one.node.kind === 'number'
  if (a === 'share' && (b === 'onchain' || b === 'seconds' || isAmount(b))) {
    return `write ${isLiteral ? text : `(${text})`} of … and what it is a share of`
  }
  if (isAmount(a) && isAmount(b)) return 'multiply one of them by a price that the chain gives'
  if (!isPlain(a) || !isLiteral) return undefined
  if (b === 'seconds') return `write ${text}s for seconds`
  return isAmount(b) ? `write ${text} ${b.slice('amount of '.length)}` : undefined
}
