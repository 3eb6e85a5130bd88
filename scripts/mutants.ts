/**
 * Mutants of a Solidity source: copies with one small fault each, which the tests should notice. They are made from
 * the compiler's syntax tree, so that no comment, string or type is mistaken for code.
 *
 * Not mutated, because no test could or should notice: the arguments of a revert (what a failure reports), the steps
 * of loops (a loop without one never ends), `unchecked` and `memory-safe` marks, pragmas, types, event declarations.
 */
import { createRequire } from 'node:module'

/** One fault in one place. */
export interface Mutant {
  /** Path of the source, relative to contracts/. */
  readonly file: string
  /** 1 for the first line. */
  readonly line: number
  /** Contract and function: `BrakeLedger.hold`. */
  readonly where: string
  readonly operator: Operator
  /** The text that is replaced, and by what; white space is collapsed in `key` only. */
  readonly from: string
  readonly to: string
  /** Where `from` begins, in UTF-16 units of the source. */
  readonly offset: number
  /** Names the mutant as long as its line reads the same, wherever that line moves within its function. */
  readonly key: string
}

export type Operator =
  | 'check removed'
  | 'call removed'
  | 'assignment removed'
  | 'event removed'
  | 'modifier removed'
  | 'condition negated'
  | 'comparison swapped'
  | 'arithmetic swapped'
  | 'logic swapped'
  | 'function swapped'
  | 'constant changed'

interface Node {
  readonly nodeType: string
  readonly src: string
  readonly [field: string]: unknown
}
interface Place {
  readonly where: string
  readonly parents: readonly Node[]
}
type Change = readonly [operator: Operator, node: Node, to: string]

/** What a removed statement leaves. */
const NOTHING = '{}'

const BINARY: Readonly<Record<string, readonly [Operator, string]>> = {
  '<': ['comparison swapped', '<='],
  '<=': ['comparison swapped', '<'],
  '>': ['comparison swapped', '>='],
  '>=': ['comparison swapped', '>'],
  '==': ['comparison swapped', '!='],
  '!=': ['comparison swapped', '=='],
  '+': ['arithmetic swapped', '-'],
  '-': ['arithmetic swapped', '+'],
  '*': ['arithmetic swapped', '/'],
  '/': ['arithmetic swapped', '*'],
  '%': ['arithmetic swapped', '/'],
  '<<': ['arithmetic swapped', '>>'],
  '>>': ['arithmetic swapped', '<<'],
  '&': ['logic swapped', '|'],
  '|': ['logic swapped', '&'],
  '^': ['logic swapped', '|'],
  '&&': ['logic swapped', '||'],
  '||': ['logic swapped', '&&'],
}
const ASSIGNMENT: Readonly<Record<string, string>> = { '+=': '-=', '-=': '+=', '*=': '/=', '/=': '*=' }
/** Library functions, and those of inline assembly. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  min: 'max',
  max: 'min',
  saturatingAdd: 'saturatingSub',
  saturatingSub: 'saturatingAdd',
  Ceil: 'Floor',
  Floor: 'Ceil',
}
const ASSEMBLY: Readonly<Record<string, string>> = { add: 'sub', sub: 'add', lt: 'gt', gt: 'lt', eq: 'xor' }

/** Every mutant of `source`, in the order of the text. @throws Error when it does not parse. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const bytes = Buffer.from(source)
  const textOf = (node: Node) => bytes.subarray(...spanOf(node)).toString()
  const changes = collect(parse(file, source), textOf)
  const times = new Map<string, number>()
  return changes
    .map(({ change: [operator, node, to], where }) => ({ operator, node, to, where, start: spanOf(node)[0] }))
    .sort((a, b) => a.start - b.start)
    .map(({ operator, node, to, where, start }) => {
      const before = bytes.subarray(0, start).toString()
      // The compiler does not count the semicolon as a part of the statement.
      const rest = bytes.subarray(spanOf(node)[1]).toString()
      const from = textOf(node) + (to === NOTHING ? (/^\s*;/.exec(rest)?.[0] ?? '') : '')
      const shown = [NOTHING, ''].includes(to) ? '(nothing)' : oneLine(to)
      const name = `${file} ${where}: ${oneLine(from)} → ${shown}`
      const count = (times.get(name) ?? 0) + 1
      times.set(name, count)
      return {
        file,
        line: before.split('\n').length,
        where,
        operator,
        from,
        to,
        offset: before.length,
        key: count === 1 ? name : `${name} #${count}`,
      }
    })
}

/** `source` with the fault in it. */
export function applyMutant(source: string, { offset, from, to }: Mutant): string {
  if (!source.startsWith(from, offset)) throw new Error('the mutant is one of another source')
  return source.slice(0, offset) + to + source.slice(offset + from.length)
}

/** First byte, and the one after the last. */
function spanOf({ src }: Node): [number, number] {
  const [start = 0, length = 0] = src.split(':').map(Number)
  return [start, start + length]
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

function parse(file: string, source: string): Node {
  const solc = createRequire(import.meta.url)('solc')
  const settings = { stopAfter: 'parsing', outputSelection: { '*': { '': ['ast'] } } }
  const request = { language: 'Solidity', sources: { [file]: { content: source } }, settings }
  const { sources, errors = [] } = JSON.parse(solc.compile(JSON.stringify(request)))
  const failure = errors.find(({ severity }: { severity: string }) => severity === 'error')
  if (failure !== undefined) throw new Error(failure.formattedMessage)
  return sources[file].ast
}

interface Found {
  readonly change: Change
  readonly where: string
}

const NAMED = ['ContractDefinition', 'FunctionDefinition', 'ModifierDefinition']
const UNTOUCHED = [
  'RevertStatement',
  'ErrorDefinition',
  'EventDefinition',
  'ArrayTypeName',
  'StructuredDocumentation',
  'ImportDirective',
]

function collect(root: Node, textOf: (node: Node) => string): Found[] {
  const found: Found[] = []
  const visit = (node: Node, { where, parents }: Place): void => {
    if (UNTOUCHED.includes(node.nodeType) && !isBareRevert(node, parents)) return
    const name = NAMED.includes(node.nodeType) ? String(node.name || node.kind) : ''
    const here = name === '' ? where : where === '' ? name : `${where}.${name}`
    for (const change of changesAt(node, parents, textOf)) found.push({ change, where: here })
    for (const [field, value] of Object.entries(node)) {
      if (node.nodeType === 'ForStatement' && field === 'loopExpression') continue
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) visit(child, { where: here, parents: [node, ...parents] })
      }
    }
  }
  visit(root, { where: '', parents: [] })
  return found
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'nodeType' in value && 'src' in value

/** A revert that no `if` right above decides on, such as the one at the end of a function. */
function isBareRevert(node: Node, parents: readonly Node[]): boolean {
  return node.nodeType === 'RevertStatement' && guardOf(node, parents) === undefined
}

/** The `if` without an `else` whose whole body `node` is. */
function guardOf(node: Node, [parent, grandparent]: readonly Node[]): Node | undefined {
  const alone = parent?.nodeType === 'Block' && (parent.statements as Node[]).length === 1
  const guard = alone ? grandparent : parent
  if (guard?.nodeType !== 'IfStatement' || isNode(guard.falseBody)) return undefined
  return guard.trueBody === (alone ? parent : node) ? guard : undefined
}

function changesAt(node: Node, parents: readonly Node[], textOf: (node: Node) => string): Change[] {
  switch (node.nodeType) {
    case 'RevertStatement':
      return [['check removed', node, NOTHING]]
    case 'IfStatement':
      return [...negated(node.condition as Node, textOf), ...removedCheck(node)]
    case 'WhileStatement':
    case 'Conditional':
      return negated(node.condition as Node, textOf)
    case 'EmitStatement':
      return [['event removed', node, NOTHING]]
    case 'ExpressionStatement':
      return removedStatement(node)
    case 'ModifierInvocation':
      return removedModifier(node, parents)
    case 'BinaryOperation':
      return swappedOperator(node, parents, textOf)
    case 'Assignment':
      return swappedAssignment(node, textOf)
    case 'MemberAccess':
      return swappedFunction(node, textOf)
    case 'Literal':
      return changedLiteral(node, textOf)
    case 'YulFunctionCall':
      return swappedAssembly(node)
    case 'YulLiteral':
      return node.kind === 'number' ? plusOne(node, textOf(node)) : []
    default:
      return []
  }
}

const negated = (condition: Node, textOf: (node: Node) => string): Change[] => [
  ['condition negated', condition, `!(${textOf(condition)})`],
]

function removedCheck(node: Node): Change[] {
  const body = node.trueBody as Node
  const statements = body.nodeType === 'Block' ? (body.statements as Node[]) : [body]
  const reverts = statements.length === 1 && statements[0]?.nodeType === 'RevertStatement'
  return reverts && !isNode(node.falseBody) ? [['check removed', node, NOTHING]] : []
}

function removedStatement(node: Node): Change[] {
  const expression = node.expression as Node
  if (expression.nodeType === 'Assignment') return [['assignment removed', node, NOTHING]]
  if (expression.nodeType === 'UnaryOperation') return [['assignment removed', node, NOTHING]]
  if (expression.nodeType !== 'FunctionCall') return []
  const callee = expression.expression as Node
  const isRequire = callee.nodeType === 'Identifier' && callee.name === 'require'
  return [[isRequire ? 'check removed' : 'call removed', node, NOTHING]]
}

/** Not the calls of a base's constructor, which look the same but have the name of a contract. */
function removedModifier(node: Node, [parent]: readonly Node[]): Change[] {
  const name = String((node.modifierName as Node).name)
  return parent?.kind === 'constructor' && /^[A-Z]/.test(name) ? [] : [['modifier removed', node, '']]
}

function swappedOperator(node: Node, parents: readonly Node[], textOf: (node: Node) => string): Change[] {
  const operator = String(node.operator)
  const swap = BINARY[operator]
  if (swap === undefined || isKeepingTheLarger(node, parents, textOf)) return []
  // As the whole condition of an `if` its negation is there already.
  const isCondition = parents[0]?.nodeType === 'IfStatement' && parents[0].condition === node
  if (isCondition && (operator === '==' || operator === '!=')) return []
  const [left, right] = [node.leftExpression as Node, node.rightExpression as Node]
  const [at] = spanOf(node)
  const between = Buffer.from(textOf(node)).subarray(spanOf(left)[1] - at, spanOf(right)[0] - at)
  const middle = between.toString().replace(operator, swap[1])
  return [[swap[0], node, textOf(left) + middle + textOf(right)]]
}

/** `if (a > b) b = a;`, where it makes no difference what happens to equals. */
function isKeepingTheLarger(node: Node, parents: readonly Node[], textOf: (node: Node) => string): boolean {
  if (!['<', '<=', '>', '>='].includes(String(node.operator))) return false
  const conjunctions = parents.findIndex((parent) => parent.operator !== '&&')
  const guard = parents[conjunctions]
  if (guard?.nodeType !== 'IfStatement') return false
  const assignment = (guard.trueBody as Node).expression
  if (!isNode(assignment) || assignment.operator !== '=') return false
  const sides = [node.leftExpression as Node, node.rightExpression as Node].map(textOf).sort()
  const kept = [assignment.leftHandSide as Node, assignment.rightHandSide as Node].map(textOf).sort()
  return sides.join('\n') === kept.join('\n')
}

function swappedAssignment(node: Node, textOf: (node: Node) => string): Change[] {
  const to = ASSIGNMENT[String(node.operator)]
  if (to === undefined) return []
  const [left, right] = [textOf(node.leftHandSide as Node), textOf(node.rightHandSide as Node)]
  return [['arithmetic swapped', node, `${left} ${to} ${right}`]]
}

function swappedFunction(node: Node, textOf: (node: Node) => string): Change[] {
  const to = FUNCTIONS[String(node.memberName)]
  if (to === undefined) return []
  return [['function swapped', node, `${textOf(node.expression as Node)}.${to}`]]
}

function swappedAssembly(node: Node): Change[] {
  const callee = node.functionName as Node
  const to = ASSEMBLY[String(callee.name)]
  return to === undefined ? [] : [['function swapped', callee, to]]
}

function changedLiteral(node: Node, textOf: (node: Node) => string): Change[] {
  if (node.kind === 'bool') return [['constant changed', node, node.value === 'true' ? 'false' : 'true']]
  return node.kind === 'number' ? plusOne(node, textOf(node)) : []
}

/** The next number; a unit of time or of ether that follows stays. */
function plusOne(node: Node, text: string): Change[] {
  const match = /^(0x[0-9a-fA-F]+|[0-9_]+)(\s+\w+)?$/.exec(text)
  const digits = match?.[1]
  // In scientific notation, and as an address, one more would be another thing altogether.
  if (digits === undefined || digits.length === 42) return []
  const next = BigInt(digits.replaceAll('_', '')) + 1n
  const shown = digits.startsWith('0x')
    ? `0x${next.toString(16).padStart(digits.length - 2, '0')}`
    : next.toString()
  return [['constant changed', node, `${shown}${match?.[2] ?? ''}`]]
}
