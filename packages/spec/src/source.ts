/**
 * The YAML text of a specification as JSON, with the way back from a field to its line and column.
 *
 * Whole numbers are numbers; every other number stays the text that was written, so that nothing is rounded.
 * Anchors, aliases and tags are refused: what is read is what stands there.
 * @module
 */

import type { Json } from '@breakwater/kernel'
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  Scalar,
  type YAMLMap,
} from 'yaml'
import type { Place, Problem } from './problem.ts'

const MAX_CHARACTERS = 256 * 1024
/** Nested nodes that the parser may hold; a specification needs about fifteen. */
const MAX_NESTING = 64

export interface Source {
  /** `undefined` when the text could not be read. */
  value: Json | undefined
  problems: readonly Problem[]
  locate(place: Place): { line: number; column: number }
}

/** Never throws. */
export function readSource(text: string): Source {
  const lines = new LineCounter()
  lines.addNewLine(0)
  const problems: Problem[] = []
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const refuse = (offset: number, message: string, hint?: string): undefined => {
    problems.push({
      code: 'SPEC_YAML',
      message,
      ...position(offset),
      path: '',
      ...(hint === undefined ? {} : { hint }),
    })
  }
  const document = compose(text, lines, refuse)
  const root = document?.contents
  const value = root ? nodeJson(root, refuse) : null
  return {
    value: problems.length === 0 ? value : undefined,
    problems,
    locate: (place) => position(offsetOf(text, root, place)),
  }
}

type Refuse = (offset: number, message: string, hint?: string) => undefined

function compose(text: string, lines: LineCounter, refuse: Refuse): Document.Parsed | undefined {
  if (text.length > MAX_CHARACTERS) {
    return refuse(0, `the file has ${text.length} characters, at most ${MAX_CHARACTERS} are allowed`)
  }
  const binary = findBinary(text)
  if (binary >= 0) return refuse(0, `the file is not UTF-8 text: character ${binary + 1} is not a character`)
  const parser = new Parser(lines.addNewLine)
  const tokens = []
  // Composing is recursive, so the nesting is bounded before it starts.
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > MAX_NESTING) return refuse(parser.offset, 'the file is nested too deeply')
  }
  for (const token of parser.end()) tokens.push(token)
  const composer = new Composer({ prettyErrors: false, schema: 'core', intAsBigInt: true, uniqueKeys: false })
  const [document, another] = [...composer.compose(tokens)] as Document.Parsed[]
  if (document === undefined) return refuse(0, 'the file is empty', 'start with `version: 1`')
  if (another !== undefined) {
    return refuse(another.range[0], 'the file has a second document', 'remove the line `---`')
  }
  const found = [...document.errors, ...document.warnings]
  for (const { code, message, pos } of found.filter((problem) => problem.code !== 'TAG_RESOLVE_FAILED')) {
    const known = YAML_PROBLEMS[code]
    refuse(pos[0], known?.message ?? `YAML: ${message.split('\n')[0]}`, known?.hint)
  }
  return document
}

const TAG_HINT = 'quote an expression that begins with "!", or write `not`'

const YAML_PROBLEMS: Partial<Record<string, { message: string; hint: string }>> = {
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'this line has two keys',
    hint: 'quote a text that contains ": ", such as "a ? b : c"',
  },
  BAD_SCALAR_START: { message: 'a text cannot begin with this character', hint: 'quote it' },
  TAB_AS_INDENT: { message: 'a tab cannot indent', hint: 'indent with spaces' },
}

/** Index of the first control character, or of a byte that was not UTF-8; -1 for text. */
function findBinary(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const isSpace = code === 9 || code === 10 || code === 13
    if (code === 0xfffd || code === 0x7f || (code < 0x20 && !isSpace)) return i
  }
  return -1
}

const keyText = (key: unknown): string | undefined =>
  isScalar(key) && key.value !== null && key.tag === undefined ? (key.source ?? String(key.value)) : undefined

function nodeJson(node: Node, refuse: Refuse): Json | undefined {
  const offset = node.range?.[0] ?? 0
  if (isAlias(node)) return refuse(offset, `the alias *${node.source} is not supported`, 'write it out')
  if (node.tag !== undefined) return refuse(offset, `the tag ${node.tag} is not supported`, TAG_HINT)
  if (isScalar(node)) return scalarJson(node)
  if (isSeq(node)) return node.items.map((item) => nodeJson(item as Node, refuse) ?? null)
  const entries = new Map<string, Json>()
  for (const { key, value } of (node as YAMLMap<Node, Node | null>).items) {
    const place = key.range?.[0] ?? offset
    const name = keyText(key)
    if (name === undefined) refuse(place, 'a key must be a word')
    // Every object has this property, so that a check for unknown fields can miss it.
    else if (name === '__proto__') refuse(place, 'unknown field "__proto__"')
    else if (entries.has(name)) refuse(place, `the key "${name}" stands here twice`, 'keep one of the two')
    else entries.set(name, value === null ? null : (nodeJson(value, refuse) ?? null))
  }
  return Object.fromEntries(entries)
}

function scalarJson(scalar: Scalar): Json {
  const { value, source } = scalar
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value === null || value === undefined) return null
  const written = source ?? String(value)
  const number = Number(value)
  return Number.isSafeInteger(number) && String(number) === written ? number : written
}

/** Character of the file where a place is: the nearest enclosing field's name when the field is missing. */
function offsetOf(text: string, root: Node | null | undefined, place: Place): number {
  let [node, key]: [Node | null | undefined, Node | undefined] = [root, undefined]
  for (const step of place.path) {
    const inner = child(node, step)
    if (inner === undefined) return (key ?? node)?.range?.[0] ?? 0
    ;[node, key] = [inner.node, inner.key]
  }
  const isEmpty = node === null || node?.range?.[0] === node?.range?.[1]
  if (key !== undefined && (place.key === true || isEmpty)) return key.range?.[0] ?? 0
  if (isScalar(node) && place.offset !== undefined) return characterOf(text, node, place.offset)
  return node?.range?.[0] ?? 0
}

function child(
  node: Node | null | undefined,
  step: string | number,
): { node: Node | null; key: Node | undefined } | undefined {
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find((item) => keyText(item.key) === String(step))
    return pair && { node: pair.value, key: pair.key }
  }
  const item = isSeq<Node>(node) ? node.items[Number(step)] : undefined
  return item && { node: item, key: undefined }
}

/**
 * Where a character of a scalar stands in the file. Quotes, escapes, folded lines and indentation only add
 * characters to what is written, so the scalar's own are found in their order.
 */
function characterOf(text: string, scalar: Scalar, offset: number): number {
  const [start, end] = scalar.range ?? [0, 0]
  const value = String(scalar.source ?? scalar.value)
  const isBlock = scalar.type === Scalar.BLOCK_FOLDED || scalar.type === Scalar.BLOCK_LITERAL
  let next = isBlock ? text.indexOf('\n', start) + 1 : start
  if (scalar.type === Scalar.QUOTE_DOUBLE || scalar.type === Scalar.QUOTE_SINGLE) next += 1
  for (let i = 0; i < value.length; i++) {
    const character = value.charAt(i)
    if (character.trim() === '') {
      if (i === offset) return next
      continue
    }
    const found = text.indexOf(character, next)
    if (found < 0 || found >= end) return start
    if (i === offset) return found
    next = found + 1
  }
  return next
}
