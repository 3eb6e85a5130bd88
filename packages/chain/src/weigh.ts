import { type Known, toJson } from '@breakwater/kernel'
import type { Answer } from './consult.ts'
import type { View } from './endpoint.ts'
import type { Header } from './header.ts'

/** Answers by provider; at least one. */
type Answers<T> = ReadonlyMap<string, T>

/** Headers at one height agree when they are the same. */
export function weighHeaders(headers: Answers<Header>): Answer<Header> | string {
  return weighBy(headers, ({ ref, receiptsRoot }) => [
    ['block hash', ref.hash],
    ['parent hash', ref.parentHash],
    ['timestamp', ref.timestampSeconds],
    ['receipts root', receiptsRoot],
  ])
}

/** A block with its content. */
export type WholeView = View & { content: NonNullable<View['content']> }

export function isWhole(view: View): view is WholeView {
  return view.content !== null
}

/**
 * Blocks at one height agree in header, transactions, kept logs and each value. Who no longer has the state has no
 * say about values and does not count as a voice, unless nobody has it.
 */
export function weighViews(views: Answers<View>): Answer<View> | string | null {
  const headers = weighHeaders(new Map([...views].map(([label, { header }]) => [label, header])))
  if (typeof headers === 'string') return headers
  const whole = [...views].flatMap(([label, view]) => (isWhole(view) ? [[label, view] as const] : []))
  if (whole.length === 0) return null
  const contents = weighBy(new Map(whole), ({ header, content }) => [
    ['list of transactions', header.txHashes.join()],
    ['list of logs', toJson(content.txs)],
  ])
  if (typeof contents === 'string') return contents
  const withState = whole.filter(([, { content }]) => ![...content.calls.values()].some(isPruned))
  return weighBy(new Map(withState.length > 0 ? withState : whole), ({ content }) =>
    [...content.calls].map(([id, value]) => [`value of ${id}`, valueText(value)]),
  )
}

/** The lowest of several heights: that far all agree. */
export function lowest(headers: Answers<Header>): Answer<Header> {
  const [first, ...rest] = [...headers.values()] as [Header, ...Header[]]
  return {
    value: rest.reduce((low, header) => (header.ref.number < low.ref.number ? header : low), first),
    voices: headers.size,
  }
}

type Parts = readonly (readonly [name: string, value: string | bigint])[]

/** All the same in every part, or the first part in which two differ. */
function weighBy<T>(answers: Answers<T>, partsOf: (answer: T) => Parts): Answer<T> | string {
  const [[firstLabel, first], ...others] = [...answers] as [[string, T], ...[string, T][]]
  if (others.length === 0) return { value: first, voices: 1 }
  const expected = partsOf(first)
  for (const [label, answer] of others) {
    const parts = partsOf(answer)
    for (const [i, [name, value]] of expected.entries()) {
      const other = parts[i]?.[1]
      if (other !== value) return `${name} is ${brief(value)} (${firstLabel}), ${brief(other)} (${label})`
    }
  }
  return { value: first, voices: answers.size }
}

const isPruned = (value: Known<bigint>): boolean => !value.ok && value.reason === 'pruned'
const valueText = (value: Known<bigint>): string => (value.ok ? String(value.value) : value.reason)

function brief(value: string | bigint | undefined): string {
  const text = String(value)
  return text.length > 80 ? 'another' : text
}
