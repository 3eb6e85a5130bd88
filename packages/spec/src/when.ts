import { BaseError, type Finding, SEVERITIES } from '@breakwater/kernel'
import { HOLDS } from './expression/operate.ts'
import { parse } from './expression/parser.ts'
import { show } from './expression/print.ts'
import type { Comparison, Node, NodeOf } from './expression/syntax.ts'
import { suggest } from './nearest.ts'
import type { ProblemCode, ReportAt } from './problem.ts'

/** What conditions see of a finding. */
export type Subject = Pick<Finding, (typeof FIELDS)[number]>
export type Condition = (finding: Subject) => boolean

const FIELDS = ['severity', 'detector', 'rule', 'role', 'subject'] as const
type Field = (typeof FIELDS)[number]

/**
 * The condition of a response, on one finding: `severity >= critical and subject == vault`. It must be possible:
 * at least one of the findings that the specification can lead to has to meet it. `possible` is `null` when these
 * are not known, because something else is wrong.
 */
export function compileWhen(
  text: string,
  possible: readonly Subject[] | null,
  report: ReportAt,
): Condition | undefined {
  const values = (field: Field) => [...new Set(possible?.map((finding) => finding[field]))]
  try {
    const { node } = parse(text, 'dashed')
    const condition = compileNode(node, { report, values: possible && values })
    if (condition === undefined || possible === null || possible.some(condition)) return condition
    report(0, 'SPEC_RULE', 'no finding of this specification can meet this condition')
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    report(Number(error.meta.at ?? 0), error.code as ProblemCode, error.shortMessage, error.hint)
  }
  return undefined
}

interface Context {
  report: ReportAt
  /** What a field can be; `null` when that is not known. */
  values: ((field: Field) => readonly string[]) | null
}

function compileNode(node: Node, context: Context): Condition | undefined {
  if (node.kind === 'unary' && node.op === '!') {
    const of = compileNode(node.of, context)
    return of && ((finding) => !of(finding))
  }
  if (node.kind === 'binary' && (node.op === '&&' || node.op === '||')) {
    const [left, right] = [compileNode(node.left, context), compileNode(node.right, context)]
    if (left === undefined || right === undefined) return undefined
    return node.op === '&&' ? (f) => left(f) && right(f) : (f) => left(f) || right(f)
  }
  if (node.kind === 'binary' && isComparison(node.op)) return compileComparison(node, node.op, context)
  context.report(node.at, 'SPEC_RULE', `${show(node)} is no condition on a finding`, EXAMPLE)
  return undefined
}

const EXAMPLE = 'write severity >= critical, or detector == net-outflow'
const COMPARISONS: readonly string[] = ['==', '!=', '<', '<=', '>', '>='] satisfies Comparison[]

function isComparison(op: string): op is Comparison {
  return COMPARISONS.includes(op)
}

function compileComparison(
  { at, left, right }: NodeOf<'binary'>,
  op: Comparison,
  context: Context,
): Condition | undefined {
  const reject = (place: number, code: ProblemCode, message: string, hint?: string): undefined => {
    context.report(place, code, message, hint)
  }
  const field = FIELDS.find((name) => left.kind === 'name' && left.name === name)
  if (field === undefined) {
    const hint = left.kind === 'name' ? suggest(left.name, FIELDS) : EXAMPLE
    return reject(left.at, 'SPEC_NAME', `a finding has no "${show(left)}"`, hint)
  }
  const word = right.kind === 'name' ? right.name : right.kind === 'text' ? right.value : undefined
  if (word === undefined) return reject(right.at, 'SPEC_TYPE', `${show(right)} is no name`, EXAMPLE)
  if (field === 'severity') return compileSeverity(op, word, right.at, context)
  if (op !== '==' && op !== '!=')
    return reject(at, 'SPEC_TYPE', `"${field}" has no order`, 'compare it with == or !=')
  const known = context.values?.(field)
  if (known !== undefined && !known.includes(word)) {
    return reject(right.at, 'SPEC_RULE', `no finding has the ${field} "${word}"`, suggest(word, known))
  }
  return op === '==' ? (finding) => finding[field] === word : (finding) => finding[field] !== word
}

function compileSeverity(
  op: Comparison,
  word: string,
  at: number,
  { report }: Context,
): Condition | undefined {
  const bound = SEVERITIES.find((severity) => severity === word)
  if (bound === undefined) {
    report(at, 'SPEC_RULE', `there is no severity "${word}"`, suggest(word, SEVERITIES))
    return undefined
  }
  const holds = HOLDS[op]
  return ({ severity }) => holds(SEVERITIES.indexOf(severity) - SEVERITIES.indexOf(bound))
}
