import type { Quantity } from '@breakwater/kernel'
import type { Entries, Entry } from './entry.ts'
import { compileExpression, type Expression, type Names, readExpression } from './expression/compile.ts'
import { type Compiled, readValue } from './expression/compiled.ts'
import { isReserved, type Node } from './expression/syntax.ts'
import { pathText, type Report, reportAt } from './problem.ts'

/** A named value of the specification. */
export interface NamedValue {
  name: string
  expression: Expression<Quantity>
}

interface Parsed {
  entry: Entry<string>
  node: Node
}

/** All named values, each after those that it needs, and the names that expressions can use from now on. */
export function resolveValues(
  { entries, broken: misshapen }: Entries<string>,
  { contracts, broken: brokenContracts, budget }: Omit<Names, 'values'>,
  report: Report,
): { values: readonly NamedValue[]; names: Names } {
  const broken = new Set([...brokenContracts, ...misshapen])
  const parsed = new Map<string, Parsed>()
  for (const entry of entries) {
    const { name, path, value } = entry
    const taken = contracts.has(name)
      ? 'a contract too'
      : isReserved(name)
        ? 'a word of the language'
        : undefined
    if (taken !== undefined) {
      report({ path, key: true }, 'SPEC_DUPLICATE', `"${name}" is ${taken}`, 'choose another name')
    }
    const node = readExpression(value, budget, reportAt(report, path))
    if (node === undefined || taken !== undefined) broken.add(name)
    else parsed.set(name, { entry, node })
  }
  const order = inOrder(parsed, broken, report)
  const values: NamedValue[] = []
  const compiled = new Map<string, Compiled>()
  const names: Names = { contracts, broken, values: compiled, budget }
  for (const { entry, node } of order) {
    const { name, path, value } = entry
    const expression = compileExpression('number', value, node, names, reportAt(report, path))
    if (expression === undefined) broken.add(name)
    else {
      values.push({ name, expression })
      compiled.set(name, reference(name, expression))
    }
  }
  return { values, names }
}

/** A named value where another expression uses it. */
function reference(name: string, { type, constant, run }: Expression<Quantity>): Compiled {
  return constant === undefined
    ? { type, run: readValue(name), remembered: name }
    : { type, run, constant, remembered: name }
}

/** Depth first; values that need themselves are reported and become broken. */
function inOrder(
  parsed: ReadonlyMap<string, Parsed>,
  broken: Set<string>,
  report: Report,
): readonly Parsed[] {
  const order: Parsed[] = []
  const done = new Set<string>()
  const visit = (name: string, above: readonly string[]): void => {
    const item = parsed.get(name)
    if (item === undefined || done.has(name)) return
    const start = above.indexOf(name)
    if (start < 0) {
      for (const next of references(item.node)) visit(next, [...above, name])
      done.add(name)
      order.push(item)
      return
    }
    const cycle = above.slice(start)
    const isKnown = cycle.some((member) => broken.has(member))
    for (const member of cycle) broken.add(member)
    const loop = [...cycle, name].join(' → ')
    if (isKnown) return
    const { path } = item.entry
    report({ path }, 'SPEC_CYCLE', `"${pathText(path)}" needs itself: ${loop}`)
  }
  for (const name of parsed.keys()) visit(name, [])
  return order.filter(({ entry }) => !broken.has(entry.name))
}

/** Names that an expression uses; in an event filter only those that parameters are compared with. */
function references(root: Node): ReadonlySet<string> {
  const names = new Set<string>()
  const rest: { node: Node; isFilter: boolean }[] = [{ node: root, isFilter: false }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { node, isFilter } = next
    const add = (...nodes: readonly Node[]) => rest.push(...nodes.map((inner) => ({ node: inner, isFilter })))
    if (node.kind === 'name') names.add(node.name)
    else if (node.kind === 'member' || node.kind === 'unary') add(node.of)
    else if (node.kind === 'choose') add(node.test, node.yes, node.no)
    else if (node.kind === 'binary') {
      if (isFilter && node.op === '==') rest.push({ node: node.right, isFilter: false })
      else add(node.left, node.right)
    } else if (node.kind === 'invoke') {
      const isEvents = node.callee.kind === 'name' && node.callee.name === 'events'
      rest.push(...node.args.map((arg) => ({ node: arg, isFilter: isEvents })))
    }
  }
  return names
}
