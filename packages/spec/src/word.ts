import type { WordType } from '@breakwater/kernel'
import type { AbiParameter } from './abi.ts'
import { suggest } from './nearest.ts'

/** One 32-byte word of an encoded answer or of a log's data, and its ABI type. */
export interface WordAt {
  index: number
  type: string
}

type Selection = WordAt | { wrong: string; hint?: string | undefined }

/**
 * The word that a path of names and indexes selects among the encoded outputs of a function; the only one for an
 * empty path. Where a function returns one struct, the path begins inside it. `wrong` says why it leads nowhere.
 */
export function selectWord(outputs: readonly AbiParameter[], path: readonly string[]): Selection {
  const [only, ...others] = outputs
  return descend(only && others.length === 0 ? (components(only) ?? outputs) : outputs, path, 0)
}

function descend(parameters: readonly AbiParameter[], path: readonly string[], first: number): Selection {
  const [step, ...rest] = path
  if (step === undefined && parameters.length !== 1) {
    const choices = parameters.map(({ name }, index) => `.${name || index}`)
    if (choices.length === 0) return { wrong: 'returns nothing' }
    return { wrong: `returns ${choices.length} values`, hint: `choose one of ${choices.join(', ')}` }
  }
  const position = step === undefined ? 0 : positionOf(parameters, step)
  const chosen = parameters[position]
  if (parameters.some(isDynamicStruct) && (chosen === undefined || isDynamicStruct(chosen))) {
    return { wrong: 'returns a struct with text or lists in it, whose fields cannot be read' }
  }
  if (chosen === undefined) {
    const names = parameters.map(({ name }, index) => name || String(index))
    return { wrong: `has no output "${step}"`, hint: suggest(step ?? '', names) }
  }
  const index = parameters.slice(0, position).reduce((sum, item) => sum + headWords(item), first)
  const inner = components(chosen)
  if (inner) return descend(inner, rest, index)
  if (rest.length > 0) return { wrong: `has no "${rest.join('.')}" inside its ${chosen.type}` }
  return { index, type: chosen.type }
}

function positionOf(parameters: readonly AbiParameter[], step: string): number {
  return /^\d{1,3}$/.test(step) ? Number(step) : parameters.findIndex(({ name }) => name === step)
}

/** Of a struct whose words stand where it stands. */
function components(parameter: AbiParameter): readonly AbiParameter[] | undefined {
  const isStruct = parameter.type === 'tuple' && 'components' in parameter
  return isStruct && !isDynamic(parameter) ? parameter.components : undefined
}

function isDynamicStruct(parameter: AbiParameter): boolean {
  return parameter.type === 'tuple' && isDynamic(parameter)
}

function isDynamic(parameter: AbiParameter): boolean {
  if (/^(string|bytes)($|\[)/.test(parameter.type) || parameter.type.includes('[]')) return true
  return 'components' in parameter && parameter.components.some(isDynamic)
}

/** Words that a parameter takes where it stands; what is dynamic has its offset there. */
function headWords(parameter: AbiParameter): number {
  if (isDynamic(parameter)) return 1
  const item =
    'components' in parameter ? parameter.components.reduce((sum, part) => sum + headWords(part), 0) : 1
  const lengths = [...parameter.type.matchAll(/\[(\d+)\]/g)].map(([, length]) => Number(length))
  return lengths.reduce((words, length) => words * length, item)
}

/** How a word of this ABI type is read as a number; `undefined` for what is no number. */
export function wordType(type: string): WordType | undefined {
  if (/^int\d+$/.test(type)) return 'int'
  return /^(uint\d+|bool|address|bytes32)$/.test(type) ? 'uint' : undefined
}
