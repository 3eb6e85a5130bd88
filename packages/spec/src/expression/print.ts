import { shorten } from '@breakwater/kernel'
import type { Node } from './syntax.ts'

/**
 * The text of a syntax tree, always the same for the same tree: what calls and series are called by. Parsing it
 * gives the tree again.
 */
export function print(node: Node): string {
  switch (node.kind) {
    case 'number':
      return node.unit === null ? node.digits : node.digits + unitText(node.unit)
    case 'hex':
      return `0x${node.digits.toLowerCase()}`
    case 'text':
      return node.value.includes("'") ? `"${node.value}"` : `'${node.value}'`
    case 'name':
      return node.name
    case 'member':
      // `(1).5`, because `1.5` is a number.
      return `${node.of.kind === 'number' ? `(${print(node.of)})` : operand(node.of)}.${node.name}`
    case 'invoke':
      return `${operand(node.callee)}(${node.args.map(print).join(', ')})`
    case 'unary':
      return node.op + operand(node.of)
    case 'binary':
      return [operand(node.left), node.op, operand(node.right)].join(node.op === '^' ? '' : ' ')
    case 'choose':
      return `${operand(node.test)} ? ${operand(node.yes)} : ${operand(node.no)}`
  }
}

/** The text for a message, or its beginning. */
export function show(node: Node): string {
  return shorten(print(node), 60)
}

/** A part of something larger: in parentheses unless nothing can tear it apart. */
function operand(node: Node): string {
  const isOperator = node.kind === 'unary' || node.kind === 'binary' || node.kind === 'choose'
  return isOperator ? `(${print(node)})` : print(node)
}

function unitText(unit: string): string {
  return ['%', 'bp', 's', 'm', 'h', 'd'].includes(unit) ? unit : ` ${unit}`
}
