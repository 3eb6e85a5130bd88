import { keccakText, type LogWord, type Series } from '@breakwater/kernel'
import { type AbiEvent, signatureOf } from '../abi.ts'
import type { Contract } from '../contract.ts'
import { suggest } from '../nearest.ts'
import { MAX_DURATION_SECONDS } from '../scalar.ts'
import { selectWord, wordType } from '../word.ts'
import { argumentWord } from './argument.ts'
import { type Compiled, type Context, fail, INVALID, type Run } from './compiled.ts'
import { print, show } from './print.ts'
import { findContract, isTrue } from './read.ts'
import type { Node, NodeOf } from './syntax.ts'
import { describe, isNumber } from './unit.ts'

const EXAMPLES = {
  sum: 'write sum(events(usdc.Transfer, from == vault).value, 1h)',
  count: 'write count(events(usdc.Transfer, from == vault), 1h)',
}

/** `sum(events(…).value, 1h)` and `count(events(…), 1h)` over `(t - window, t]`. */
export function compileSum(which: 'sum' | 'count', node: NodeOf<'invoke'>, context: Context): Compiled {
  const [of, window, another] = node.args
  if (of === undefined || window === undefined || another !== undefined) {
    return fail(context, node.at, 'SPEC_WINDOW', `${which} needs a series and a duration`, EXAMPLES[which])
  }
  const field = which === 'sum' && of.kind === 'member' ? of : undefined
  const events = which === 'sum' ? field?.of : of
  if (!isEvents(events)) {
    const needed = which === 'sum' ? 'a field of events(…)' : 'events(…)'
    return fail(context, of.at, 'SPEC_WINDOW', `${which} needs ${needed}`, EXAMPLES[which])
  }
  const series = compileEvents(events, field, context)
  const windowSeconds = windowOf(context.compile(window), window, context)
  if (series === undefined || windowSeconds === undefined) return INVALID
  context.need({ series: [series], windowSeconds })
  const run: Run = ({ history }) => history.sum(series.id, windowSeconds)
  return { type: which === 'sum' ? 'onchain' : 'number', run }
}

/** `max(x, 1h)` and `min(x, 1h)` over the blocks of the window, `ago(x, 1h)` at its start. */
export function compileHistory(
  which: 'max' | 'min' | 'ago',
  of: { node: Node; part: Compiled },
  window: { node: Node; part: Compiled },
  context: Context,
): Compiled {
  const windowSeconds = windowOf(window.part, window.node, context)
  const { type, remembered: id } = of.part
  if (type === 'invalid' || windowSeconds === undefined) return INVALID
  if (id === undefined) {
    const message = `${show(of.node)} is not kept: only reads and named values have a past`
    const swapped =
      which === 'ago' ? '' : `, or ${which}(${show(window.node)}, …) for the ${which} of the two`
    return fail(context, of.node.at, 'SPEC_WINDOW', message, `give it a name under \`values\`${swapped}`)
  }
  if (which !== 'ago' && !isNumber(type)) {
    const message = `${show(of.node)} is ${describe(type)}, which has no ${which}`
    return fail(context, of.node.at, 'SPEC_WINDOW', message)
  }
  context.need({ past: [id], windowSeconds })
  if (which !== 'ago') return { type, run: ({ history }) => history.extreme(which, id, windowSeconds) }
  const run: Run = ({ history }) => history.ago(id, windowSeconds)
  return { type, run: type === 'boolean' ? isTrue(run) : run }
}

/** Seconds of a constant duration from 1 s to 30 d. */
function windowOf({ type, constant }: Compiled, node: Node, context: Context): number | undefined {
  if (type === 'invalid') return undefined
  const isDuration = type === 'seconds' && typeof constant === 'bigint'
  if (isDuration && constant > 0n && constant <= MAX_DURATION_SECONDS) return Number(constant)
  const reason = isDuration ? 'is not between 1s and 30d' : 'is not a duration'
  return context.report(node.at, 'SPEC_WINDOW', `the window ${show(node)} ${reason}`, 'write 10m, 1h or 7d')
}

function isEvents(node: Node | undefined): node is NodeOf<'invoke'> {
  return node?.kind === 'invoke' && node.callee.kind === 'name' && node.callee.name === 'events'
}

/** The series of `events(usdc.Transfer, from == vault)`, adding up `field` or counting. */
function compileEvents(
  node: NodeOf<'invoke'>,
  field: NodeOf<'member'> | undefined,
  context: Context,
): Series | undefined {
  const [source, ...filters] = node.args
  if (source?.kind !== 'member' || source.of.kind !== 'name') {
    const message = 'events needs an event of a contract'
    return context.report(source?.at ?? node.at, 'SPEC_WINDOW', message, 'write events(usdc.Transfer)')
  }
  const contract = findContract(source.of, context)
  const event = contract && findEvent(contract, source, context)
  if (contract === undefined || event === undefined) return undefined
  const conditions = filters.flatMap(conjuncts)
  const where = conditions.flatMap((condition) => compileFilter(condition, event, context) ?? [])
  const add = field === undefined ? null : addend(field, event, context)
  if (add === undefined || where.length < conditions.length) return undefined
  // However the filter was written, the same series has the same id.
  const events = print({ ...node, args: [source, ...conditions] })
  return {
    id: field === undefined ? events : `${events}.${field.name}`,
    address: contract.address,
    topic0: keccakText(signatureOf(event)),
    where,
    add,
  }
}

function findEvent(
  { alias, abi }: Contract,
  { name, at }: NodeOf<'member'>,
  context: Context,
): AbiEvent | undefined {
  const events = abi.filter((item) => item.type === 'event')
  const [event, another] = events.filter((item) => item.name === name)
  if (event === undefined) {
    const hint = suggest(name, new Set(events.map((item) => item.name)))
    return context.report(at, 'SPEC_NAME', `the ABI of "${alias}" has no event "${name}"`, hint)
  }
  if (another === undefined) return event
  const hint = `give "${alias}" an ABI with only one of ${signatureOf(event)}, ${signatureOf(another)}`
  return context.report(at, 'SPEC_NAME', `the ABI of "${alias}" has two events "${name}"`, hint)
}

function conjuncts(node: Node): readonly Node[] {
  return node.kind === 'binary' && node.op === '&&' ? [node.left, node.right].flatMap(conjuncts) : [node]
}

function compileFilter(node: Node, event: AbiEvent, context: Context): Series['where'][number] | undefined {
  if (node.kind !== 'binary' || node.op !== '==' || node.left.kind !== 'name') {
    const hint = 'compare parameters with constants: from == vault'
    return context.report(node.at, 'SPEC_WINDOW', `${show(node)} cannot filter events`, hint)
  }
  const found = parameterWord(event, node.left.name, node.left.at, context)
  const equals = found && argumentWord(node.right, found.abiType, context)
  return found && equals && { word: found.word, equals }
}

function addend({ name, at }: NodeOf<'member'>, event: AbiEvent, context: Context): LogWord | undefined {
  const found = parameterWord(event, name, at, context)
  if (found === undefined || /int\d+$/.test(found.abiType)) return found?.word
  return context.report(at, 'SPEC_WINDOW', `"${name}" is ${found.abiType}, which cannot be added up`)
}

/** Where an event's parameter stands in its logs. */
function parameterWord(
  event: AbiEvent,
  name: string,
  at: number,
  context: Context,
): { word: LogWord; abiType: string } | undefined {
  const parameter = event.inputs.find((input) => input.name === name)
  if (parameter === undefined) {
    const names = event.inputs.flatMap((input) => input.name ?? [])
    const message = `the event ${event.name} has no parameter "${name}"`
    return context.report(at, 'SPEC_NAME', message, suggest(name, names))
  }
  const type = wordType(parameter.type)
  if (type === undefined) {
    return context.report(at, 'SPEC_WINDOW', `"${name}" is ${parameter.type}, which is no number`)
  }
  const alike = event.inputs.filter(({ indexed }) => Boolean(indexed) === Boolean(parameter.indexed))
  const position = alike.indexOf(parameter)
  const abiType = parameter.type
  if (parameter.indexed) return { word: { in: 'topics', index: 1 + position, type }, abiType }
  const data = selectWord(alike, [String(position)])
  return 'index' in data ? { word: { in: 'data', index: data.index, type }, abiType } : undefined
}
