import { type Finding, SEVERITIES } from '@breakwater/kernel'
import { HOLDS } from './expression/operate.ts'
import { parseOrReport } from './expression/parser.ts'
import { show } from './expression/print.ts'
import type { BinaryOp, Comparison, Node, NodeOf } from './expression/syntax.ts'
import { suggest } from './nearest.ts'
import type { ReportAt } from './problem.ts'

const FIELDS = ['severity', 'detector', 'rule', 'role', 'subject'] as const
type Field = (typeof FIELDS)[number]

/** What conditions see of a finding. */
export type FindingLike = Pick<Finding, Field>
export type Condition = (finding: FindingLike) => boolean

/**
 * The condition of a response, on one finding: `severity >= critical and subject == vault`. It must be possible:
 * at least one of the findings that the specification can lead to has to meet it. `possible` is `null` when these
 * are not known, because something else is wrong.
 */
export function compileWhen(
  text: string,
  possible: readonly FindingLike[] | null,
  report: ReportAt,
): Condition | undefined {
  const parsed = parseOrReport(text, 'dashed', report)
  const condition = parsed && compileNode(parsed.node, { report, possible })
  if (condition === undefined || possible === null || possible.some(condition)) return condition
  return report(0, 'SPEC_RULE', 'no finding of this specification can meet this condition')
}

interface Context {
  report: ReportAt
  possible: readonly FindingLike[] | null
}

const EXAMPLE = 'write severity >= critical, or detector == net-outflow'

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
  return context.report(node.at, 'SPEC_RULE', `${show(node)} is no condition on a finding`, EXAMPLE)
}

function isComparison(op: BinaryOp): op is Comparison {
  return Object.hasOwn(HOLDS, op)
}

function compileComparison(
  { at, left, right }: NodeOf<'binary'>,
  op: Comparison,
  { report, possible }: Context,
): Condition | undefined {
  const field = FIELDS.find((name) => left.kind === 'name' && left.name === name)
  if (field === undefined) {
    const hint = left.kind === 'name' ? suggest(left.name, FIELDS) : EXAMPLE
    return report(left.at, 'SPEC_NAME', `a finding has no "${show(left)}"`, hint)
  }
  const word = right.kind === 'name' ? right.name : right.kind === 'text' ? right.value : undefined
  if (word === undefined) return report(right.at, 'SPEC_TYPE', `${show(right)} is no name`, EXAMPLE)
  if (field === 'severity') return compileSeverity(op, word, right.at, report)
  if (op !== '==' && op !== '!=') {
    return report(at, 'SPEC_TYPE', `"${field}" has no order`, 'compare it with == or !=')
  }
  const known = new Set(possible?.map((finding): string => finding[field]))
  if (possible !== null && !known.has(word)) {
    return report(right.at, 'SPEC_RULE', `no finding has the ${field} "${word}"`, suggest(word, known))
  }
  return op === '==' ? (finding) => finding[field] === word : (finding) => finding[field] !== word
}

function compileSeverity(op: Comparison, word: string, at: number, report: ReportAt): Condition | undefined {
  const bound = SEVERITIES.find((severity) => severity === word)
  if (bound === undefined) {
    return report(at, 'SPEC_RULE', `there is no severity "${word}"`, suggest(word, SEVERITIES))
  }
  const holds = HOLDS[op]
  return ({ severity }) => holds(SEVERITIES.indexOf(severity) - SEVERITIES.indexOf(bound))
}
