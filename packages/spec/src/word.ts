import type { WordType } from '@breakwater/kernel'
import type { AbiParameter } from './abi.ts'
import { suggest } from './nearest.ts'

/** One 32-byte word of an encoded answer or of a log's data, and its ABI type. */
export interface WordAt {
  index: number
  type: string
}

/**
 * The word that a path of names and indexes selects among encoded parameters; the only one for an empty path. A
 * single struct is looked into directly. Text when the path does not lead to one static word.
 */
export function selectWord(
  parameters: readonly AbiParameter[],
  path: readonly string[],
  first = 0,
): WordAt | { wrong: string; hint?: string | undefined } {
  const [only, ...others] = parameters
  const inner = only && others.length === 0 ? staticComponents(only) : undefined
  if (inner) return selectWord(inner, path, first)
  const [step, ...rest] = path
  if (step === undefined && parameters.length !== 1) {
    const choices = parameters.map(({ name }, index) => `.${name || index}`)
    if (choices.length === 0) return { wrong: 'returns nothing' }
    return { wrong: `returns ${choices.length} values`, hint: `choose one of ${choices.join(', ')}` }
  }
  const position = step === undefined ? 0 : positionOf(parameters, step)
  const chosen = parameters[position]
  if (chosen === undefined) {
    const names = parameters.map(({ name }, index) => name || String(index))
    return { wrong: `has no output "${step}"`, hint: suggest(step ?? '', names) }
  }
  const index = parameters.slice(0, position).reduce((sum, item) => sum + headWords(item), first)
  const components = staticComponents(chosen)
  if (components) return selectWord(components, rest, index)
  if (rest.length > 0) return { wrong: `has no "${rest.join('.')}" inside its ${chosen.type}` }
  return { index, type: chosen.type }
}

function positionOf(parameters: readonly AbiParameter[], step: string): number {
  return /^\d{1,3}$/.test(step) ? Number(step) : parameters.findIndex(({ name }) => name === step)
}

function staticComponents(parameter: AbiParameter): readonly AbiParameter[] | undefined {
  return parameter.type === 'tuple' && 'components' in parameter && !isDynamic(parameter)
    ? parameter.components
    : undefined
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
