import { BaseError } from '@breakwater/kernel'
import { MAX_DIGITS, MAX_TEXT_CHARACTERS } from './syntax.ts'

export interface Token {
  kind: 'number' | 'hex' | 'word' | 'text' | 'symbol' | 'end'
  text: string
  at: number
}

/** `dashed`: words may contain dashes and nothing is subtracted, as in the `when` of a response. */
export type Words = 'plain' | 'dashed'

const SPACE = /\s*/y
const PLAIN_WORD = /[A-Za-z_]\w*/y
const DASHED_WORD = /[A-Za-z_][\w-]*/y
type Kind = readonly [Token['kind'], RegExp]
/** After a point digits are an index: `f().1.0` is not the number 1.0. */
const INDEX: Kind = ['number', /\d+/y]
const REST: readonly Kind[] = [
  ['hex', /0[xX][0-9a-fA-F]+/y],
  ['number', /\d[\d_]*(?:\.\d[\d_]*)?/y],
  ['text', /"[^"]*"|'[^']*'/y],
  ['symbol', /==|!=|<=|>=|&&|\|\||[-<>+*/^!?:(),.%]/y],
]

const MISTAKES: Readonly<Record<string, string>> = {
  '=': 'write == to compare',
  '&': 'write && or and',
  '|': 'write || or or',
  '"': 'close the text with "',
  "'": "close the text with '",
}

/** A mistake in the text of an expression: code `SPEC_SYNTAX` or `SPEC_COST`, `meta.at` the character. */
export function syntaxError(at: number, message: string, hint?: string, code = 'SPEC_SYNTAX'): BaseError {
  return new BaseError(code, message, { meta: { at }, ...(hint === undefined ? {} : { hint }) })
}

/** @throws SPEC_SYNTAX, SPEC_COST */
export function tokenize(text: string, words: Words): readonly Token[] {
  if (text.length > MAX_TEXT_CHARACTERS) {
    const message = `the expression has ${text.length} characters, at most ${MAX_TEXT_CHARACTERS} are allowed`
    throw syntaxError(0, message, 'name its parts under `values`', 'SPEC_COST')
  }
  const kinds: readonly Kind[] = [['word', words === 'plain' ? PLAIN_WORD : DASHED_WORD], ...REST]
  const tokens: Token[] = []
  let at = skip(text, 0)
  while (at < text.length) {
    const isMember = tokens.at(-1)?.text === '.'
    const token = next(text, at, isMember ? [INDEX, ...kinds] : kinds)
    tokens.push(token)
    at = skip(text, at + token.text.length)
  }
  tokens.push({ kind: 'end', text: 'the end', at: text.length })
  return tokens
}

function next(text: string, at: number, kinds: readonly Kind[]): Token {
  for (const [kind, pattern] of kinds) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) continue
    if (kind === 'number' && match[0].length > MAX_DIGITS) {
      throw syntaxError(at, `a number has at most ${MAX_DIGITS} digits`, 'write 10^18', 'SPEC_COST')
    }
    return { kind, text: match[0], at }
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  throw syntaxError(at, `"${character}" has no meaning here`, MISTAKES[character])
}

function skip(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.exec(text)
  return SPACE.lastIndex
}
