import type { Finding } from '@breakwater/kernel'
import type { Spec } from '@breakwater/spec'
import { counted } from '../command/counted.ts'
import type { Terminal } from '../terminal.ts'
import type { Replayed } from './replay.ts'
import type { Span } from './tally.ts'

type Color = Terminal['color']

/** A finding in the block in which it begins, as one JSON object. */
export function findingJson({ block, ...finding }: Finding) {
  const { number, hash, timestampSeconds } = block
  return { type: 'finding', block: number, blockHash: hash, timestampSeconds, ...finding }
}

/** The same for people. */
export function findingText({ block, severity, rule, summary }: Finding, color: Color): string {
  const paint = severity === 'critical' || severity === 'high' ? color.red : color.yellow
  return `block ${block.number}  ${paint(severity)}  ${rule}: ${summary}`
}

/** What a backtest came to, as one JSON object. */
export function summaryJson(spec: Spec, { range, outcome, read, seconds, stopped }: Replayed) {
  return {
    type: 'summary',
    specHash: spec.hash,
    chainId: spec.chainId,
    ...range,
    isComplete: stopped === null,
    seconds,
    blocksPerSecond: rate(read, seconds),
    ...outcome,
  }
}

/** The same for people, line by line. */
export function summaryText(spec: Spec, replayed: Replayed, color: Color): readonly string[] {
  const { range, outcome, read, seconds, stopped } = replayed
  const { blocks, passed, found, unknown, logs, findings, unknowns, responses, needReference } = outcome
  const last = range.from + BigInt(blocks) - 1n
  const end = stopped === null ? '' : color.yellow(blocks === 0 ? ' (none judged)' : ` (ended after ${last})`)
  const speed = `${seconds.toFixed(1)} s, ${Math.round(rate(read, seconds))} blocks/s`
  return [
    `${color.bold(spec.name)} on chain ${spec.chainId}, blocks ${range.from} to ${range.to}${end}`,
    `  ${counted(blocks, 'block')} and ${counted(logs, 'log')} in ${speed}`,
    `  ${color.green(`passed ${passed}`)}, ${color.red(`found ${found}`)}, ${color.yellow(`unknown ${unknown}`)}`,
    ...table('findings', [
      ...findings.map((item) => [item.rule, item.severity, counted(item.times, 'time'), spanText(item)]),
    ]),
    ...table('unknown', [...unknowns.map((item) => [item.rule, item.reason, spanText(item), item.missing])]),
    ...table('would have been proposed', [
      ...responses.map((item) => [
        item.response,
        item.target === null ? item.do : `${item.do} ${item.target}`,
        counted(item.times, 'time'),
        item.first === item.last ? `in block ${item.first}` : `first in ${item.first}, last in ${item.last}`,
      ]),
    ]),
    ...(needReference.length === 0
      ? []
      : [`  no reference prices in history: ${needReference.join(', ')} not judged, or only in part`]),
    ...(unknowns.some(({ reason }) => reason === 'pruned')
      ? ['  pruned: the node no longer has the state of these blocks; an archive node has']
      : []),
  ]
}

function rate(blocks: number, seconds: number): number {
  return seconds > 0 ? Math.round((10 * blocks) / seconds) / 10 : 0
}

function spanText({ blocks, first, last }: Span): string {
  return first === last ? `block ${first}` : `${counted(blocks, 'block')} from ${first} to ${last}`
}

/** Columns under a heading; nothing for no rows. */
function table(heading: string, rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return []
  const widths =
    rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(column === row.length - 1 ? 0 : (widths[column] ?? 0))).join('  ')
  return [`  ${heading}`, ...rows.map((row) => `    ${line(row)}`)]
}
