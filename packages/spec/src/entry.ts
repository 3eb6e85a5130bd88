import type { Json } from '@breakwater/kernel'
import type { z } from 'zod'
import type { Path } from './problem.ts'

/** One item of a section that has the right shape. */
export interface Entry<T> {
  /** Its key; in a list its position. */
  name: string
  path: Path
  value: T
}

export interface Entries<T> {
  entries: readonly Entry<T>[]
  /** Names of the items whose shape is wrong. What refers to them is not to blame. */
  broken: ReadonlySet<string>
}

/** Items that a section can have. */
export const MAX_ENTRIES = 256

/**
 * The items of one section, each taken by itself, so that one wrong item does not hide what is wrong with the others.
 * The problems of wrong items are reported by the check of the whole document.
 */
export function readEntries<S extends z.ZodType>(
  document: Json,
  section: string,
  schema: S,
): Entries<z.output<S>> {
  const items = isMapping(document) ? document[section] : undefined
  const entries: Entry<z.output<S>>[] = []
  const broken = new Set<string>()
  const named = typeof items === 'object' && items !== null ? Object.entries(items).slice(0, MAX_ENTRIES) : []
  for (const [name, item] of named) {
    const value = readTolerantly(schema, item)
    if (value === undefined) broken.add(name)
    else entries.push({ name, path: [section, Array.isArray(items) ? Number(name) : name], value })
  }
  return { entries, broken }
}

/** The item, fields that it should not have left out; `undefined` when anything else is wrong with it. */
function readTolerantly<S extends z.ZodType>(schema: S, item: Json): z.output<S> | undefined {
  const first = schema.safeParse(item)
  if (first.success || !isMapping(item)) return first.data
  const surplus = first.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
  )
  const rest = Object.entries(item).filter(([name]) => !surplus.includes(name))
  return schema.safeParse(Object.fromEntries(rest)).data
}

function isMapping(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
