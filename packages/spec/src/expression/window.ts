import { keccakText, type LogWord, type Series } from '@breakwater/kernel'
import { type AbiEvent, signatureOf } from '../abi.ts'
import { suggest } from '../nearest.ts'
import { MAX_DURATION_SECONDS } from '../scalar.ts'
import { selectWord, wordType } from '../word.ts'
import { argumentWord } from './argument.ts'
import { type Compiled, type Context, INVALID, type Run } from './compiled.ts'
import { print, show } from './print.ts'
import { findContract, isTrue } from './read.ts'
import type { Node, NodeOf } from './syntax.ts'
import { describe, isNumber } from './unit.ts'

/** `sum(events(…).value, 1h)` and `count(events(…), 1h)` over `(t - window, t]`. */
export function compileSum(which: 'sum' | 'count', node: NodeOf<'invoke'>, context: Context): Compiled {
  const [of, window] = node.args
  const example =
    which === 'sum'
      ? 'sum(events(usdc.Transfer, from == vault).value, 1h)'
      : 'count(events(usdc.Transfer), 1h)'
  if (of === undefined || window === undefined || node.args.length !== 2) {
    return reject(node.at, `${which} needs a series and a duration`, context, `write ${example}`)
  }
  const field = which === 'sum' && of.kind === 'member' ? of : undefined
  const events = which === 'sum' ? field?.of : of
  if (!isEvents(events)) {
    return reject(
      of.at,
      `${which} needs ${which === 'sum' ? 'a field of ' : ''}events(…)`,
      context,
      `write ${example}`,
    )
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
    const swapped =
      which === 'ago' ? '' : `, or ${which}(${show(window.node)}, …) for the ${which} of the two`
    const hint = `give it a name under \`values\`${swapped}`
    return reject(
      of.node.at,
      `${show(of.node)} is not kept: only reads and named values have a past`,
      context,
      hint,
    )
  }
  context.need({ past: [id], windowSeconds })
  if (which === 'ago') {
    const run: Run = ({ history }) => history.ago(id, windowSeconds)
    return { type, run: type === 'boolean' ? isTrue(run) : run }
  }
  if (!isNumber(type)) {
    return reject(of.node.at, `${show(of.node)} is ${describe(type)}, which has no ${which}`, context)
  }
  return { type, run: ({ history }) => history.extreme(which, id, windowSeconds) }
}

function reject(at: number, message: string, context: Context, hint?: string): Compiled {
  context.report(at, 'SPEC_WINDOW', message, hint)
  return INVALID
}

/** Seconds of a constant duration from 1 s to 30 d. */
function windowOf({ type, constant }: Compiled, node: Node, context: Context): number | undefined {
  if (type === 'invalid') return undefined
  const isDuration = type === 'seconds' && typeof constant === 'bigint'
  if (isDuration && constant > 0n && constant <= MAX_DURATION_SECONDS) return Number(constant)
  const reason = isDuration ? 'is not between 1s and 30d' : 'is not a duration'
  reject(node.at, `the window ${show(node)} ${reason}`, context, 'write 10m, 1h or 7d')
  return undefined
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
    reject(
      source?.at ?? node.at,
      'events needs an event of a contract',
      context,
      'write events(usdc.Transfer)',
    )
    return undefined
  }
  const { contract } = findContract(source.of, context)
  if (contract === undefined) return undefined
  const events = contract.abi.filter((item) => item.type === 'event')
  const [event, another] = events.filter(({ name }) => name === source.name)
  if (event === undefined || another !== undefined) {
    const message = another
      ? `the ABI of "${contract.alias}" has two events "${source.name}"`
      : `the ABI of "${contract.alias}" has no event "${source.name}"`
    const hint = suggest(source.name, new Set(events.map(({ name }) => name)))
    context.report(source.at, 'SPEC_NAME', message, another ? 'give it an ABI with only one of them' : hint)
    return undefined
  }
  const conditions = filters.flatMap(conjuncts)
  const where = conditions.map((condition) => compileFilter(condition, event, context))
  const add = field === undefined ? null : addend(field, event, context)
  if (add === undefined || where.includes(undefined)) return undefined
  const id = `${print({ ...node, args: [source, ...conditions] })}${field === undefined ? '' : `.${field.name}`}`
  return {
    id,
    address: contract.address,
    topic0: keccakText(signatureOf(event)),
    where: where.filter((condition) => condition !== undefined),
    add,
  }
}

function conjuncts(node: Node): readonly Node[] {
  return node.kind === 'binary' && node.op === '&&' ? [node.left, node.right].flatMap(conjuncts) : [node]
}

function compileFilter(node: Node, event: AbiEvent, context: Context): Series['where'][number] | undefined {
  if (node.kind !== 'binary' || node.op !== '==' || node.left.kind !== 'name') {
    const hint = 'compare parameters with constants: from == vault'
    reject(node.at, `${show(node)} cannot filter events`, context, hint)
    return undefined
  }
  const found = parameterWord(event, node.left.name, node.left.at, context)
  const equals = found && argumentWord(node.right, found.abiType, context)
  return found && equals && { word: found.word, equals }
}

function addend({ name, at }: NodeOf<'member'>, event: AbiEvent, context: Context): LogWord | undefined {
  const found = parameterWord(event, name, at, context)
  if (found === undefined || /int\d+$/.test(found.abiType)) return found?.word
  reject(at, `"${name}" is ${found.abiType}, which cannot be added up`, context)
  return undefined
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
    const hint = suggest(
      name,
      event.inputs.flatMap((input) => input.name ?? []),
    )
    context.report(at, 'SPEC_NAME', `the event ${event.name} has no parameter "${name}"`, hint)
    return undefined
  }
  const type = wordType(parameter.type)
  if (type === undefined) {
    reject(at, `"${name}" is ${parameter.type}, which is no number`, context)
    return undefined
  }
  const alike = event.inputs.filter(({ indexed }) => (indexed ?? false) === (parameter.indexed ?? false))
  if (parameter.indexed) {
    return { word: { in: 'topics', index: 1 + alike.indexOf(parameter), type }, abiType: parameter.type }
  }
  const data = selectWord(alike, alike.length === 1 ? [] : [String(alike.indexOf(parameter))])
  return 'wrong' in data
    ? undefined
    : { word: { in: 'data', index: data.index, type }, abiType: parameter.type }
}
