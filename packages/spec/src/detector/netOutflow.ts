import type { Quantity } from '@breakwater/kernel'
import { z } from 'zod'
import type { Contract } from '../contract.ts'
import {
  durationSchema,
  durationSeconds,
  idSchema,
  mapping,
  nameSchema,
  severitySchema,
  shareQuantity,
  shareSchema,
} from '../scalar.ts'
import type { DetectorBase, DetectorScope } from './scope.ts'

export const netOutflowSchema = mapping({
  use: z.literal('net-outflow').describe('Value that leaves the protocol faster than its limits.'),
  id: idSchema.optional(),
  of: z
    .union([nameSchema, z.array(nameSchema).min(1)], { error: 'must be a contract or a list of contracts' })
    .describe("The protocol's contracts. Transfers among them cancel out."),
  assets: z
    .array(nameSchema)
    .min(1)
    .optional()
    .describe('The tokens that are watched; without it, all that the contracts hold.'),
  limits: z
    .record(z.union([z.literal('tx'), durationSchema], { error: 'must be tx or a duration' }), shareSchema)
    .refine((limits) => Object.keys(limits).length > 0, { error: 'must have at least one limit' })
    .describe('Largest net outflow as a share of what was held at the start: { tx: 3%, 10m: 10%, 1h: 20% }.'),
  severity: severitySchema.optional().describe('Severity of its findings; high without it.'),
}).describe('Net outflow (D9).')

export interface NetOutflow extends DetectorBase {
  use: 'net-outflow'
  of: readonly Contract[]
  assets: readonly Contract[]
  /** Shares of what was held before, above 0 and at most 1: in one transaction, and by window, shortest first. */
  limits: {
    tx?: Quantity
    windows: readonly { windowSeconds: number; share: Quantity }[]
  }
}

const TRANSFER = ['address indexed', 'address indexed', 'uint256'].join()

export function resolveNetOutflow(
  entry: z.output<typeof netOutflowSchema>,
  { path, report, contract }: DetectorScope,
): NetOutflow | undefined {
  const names = typeof entry.of === 'string' ? [entry.of] : entry.of
  const of = names.map((name, i) => contract(name, [...path, 'of', ...(names === entry.of ? [i] : [])]))
  const held = of.flatMap((holder) => holder?.holds ?? [])
  const assets = [...new Set(entry.assets ?? held)].map((name) => {
    const index = entry.assets?.indexOf(name)
    const place = index === undefined ? [...path, 'of'] : [...path, 'assets', index]
    const token = contract(name, place)
    if (token === undefined || isToken(token)) return token
    report(
      { path: place },
      'SPEC_ABI',
      `"${name}" has no Transfer event and balanceOf of an ERC-20`,
      'give it `abi: erc20`',
    )
    return undefined
  })
  const complete = [...of, ...assets].filter((item) => item !== undefined)
  if (complete.length < of.length + assets.length) return undefined
  if (assets.length === 0) {
    report(
      { path: [...path, 'of'] },
      'SPEC_FIELD',
      `no token to watch: ${names.join(', ')} holds nothing`,
      'list tokens under `assets` here, or under `holds` of the contract',
    )
    return undefined
  }
  const { tx, ...windows } = entry.limits
  return {
    use: 'net-outflow',
    id: entry.id ?? `net-outflow-${names.join('-')}`,
    subject: names.join('-'),
    severity: entry.severity ?? 'high',
    role: 'damage',
    inputs: 'chain',
    of: complete.slice(0, of.length),
    assets: complete.slice(of.length),
    limits: {
      ...(tx === undefined ? {} : { tx: shareQuantity(tx) }),
      windows: Object.entries(windows)
        .map(([window, share]) => ({ windowSeconds: durationSeconds(window), share: shareQuantity(share) }))
        .sort((a, b) => a.windowSeconds - b.windowSeconds),
    },
  }
}

function isToken({ abi }: Contract): boolean {
  const transfers = abi.some(
    (item) =>
      item.type === 'event' &&
      item.name === 'Transfer' &&
      item.inputs.map(({ type, indexed }) => (indexed ? `${type} indexed` : type)).join() === TRANSFER,
  )
  return transfers && abi.some((item) => item.type === 'function' && item.name === 'balanceOf')
}
