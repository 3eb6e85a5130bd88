import { z } from 'zod'
import { type Abi, parseAbiItems, signatureOf } from './abi.ts'
import { BUILTIN_ABIS } from './builtinAbis.ts'
import type { Entries } from './entry.ts'
import { suggest } from './nearest.ts'
import type { Path, Report } from './problem.ts'
import { lineSchema } from './scalar.ts'

export const abiSchema = z
  .array(lineSchema(1_000))
  .min(1)
  .max(256)
  .describe('Human-readable ABI items, as in Solidity.')

/** Looks up what a contract's `abi` says; `undefined` when a part of it is wrong, which has then been reported. */
export type AbiBook = (field: string | readonly string[], path: Path) => Abi | undefined

/** The ABIs that a specification names, and the built-in ones. */
export function createAbiBook(abis: Entries<z.output<typeof abiSchema>>, report: Report): AbiBook {
  const parse = (items: readonly string[], placeOf: (index: number) => Path): Abi | undefined => {
    let isWhole = true
    const abi = parseAbiItems(items, (index, reason) => {
      isWhole = false
      const hint = 'write it as in Solidity: function totalAssets() view returns (uint256)'
      report({ path: placeOf(index) }, 'SPEC_ABI', `"${items[index]}" is not an ABI item: ${reason}`, hint)
    })
    return isWhole ? abi : undefined
  }
  const named = new Map<string, Abi | undefined>([...abis.broken].map((name) => [name, undefined]))
  for (const { name, path, value } of abis.entries) {
    if (BUILTIN_ABIS.has(name)) {
      report({ path, key: true }, 'SPEC_DUPLICATE', `"${name}" is a built-in ABI`, 'choose another name')
      continue
    }
    named.set(
      name,
      parse(value, (index) => [...path, index]),
    )
  }
  const byName = (name: string, path: Path): Abi | undefined => {
    const builtin = named.has(name) ? undefined : BUILTIN_ABIS.get(name)
    if (builtin !== undefined)
      named.set(
        name,
        parse(builtin, () => path),
      )
    if (named.has(name)) return named.get(name)
    const hint = suggest(name, [...named.keys(), ...BUILTIN_ABIS.keys()])
    return report({ path }, 'SPEC_NAME', `there is no ABI "${name}"`, hint)
  }
  return (field, path) => {
    if (typeof field === 'string') return unique([byName(field, path)])
    const placeOf = (item: string): Path => [...path, field.indexOf(item)]
    const items = field.filter((item) => !isName(item))
    const parts = [...new Set(field.filter(isName))].map((name) => byName(name, placeOf(name)))
    parts.push(parse(items, (index) => placeOf(items[index] ?? '')))
    return unique(parts)
  }
}

const isName = (text: string): boolean => /^\w+$/.test(text)

/** Interfaces overlap: what two of them have alike is there once. `undefined` when a part is. */
function unique(parts: readonly (Abi | undefined)[]): Abi | undefined {
  if (parts.includes(undefined)) return undefined
  const key = (item: Abi[number]): string =>
    item.type === 'function' || item.type === 'event'
      ? `${item.type} ${signatureOf(item)}`
      : JSON.stringify(item)
  return [...new Map(parts.flatMap((part) => part ?? []).map((item) => [key(item), item])).values()]
}
