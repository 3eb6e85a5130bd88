import type { Quantity } from '@breakwater/kernel'
import { z } from 'zod'
import type { Contract } from '../contract.ts'
import type { Path } from '../problem.ts'
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

/** ERC-20: who, to whom, how much. */
const TRANSFER = 'address indexed,address indexed,uint256'

export function resolveNetOutflow(
  entry: z.output<typeof netOutflowSchema>,
  scope: DetectorScope,
): NetOutflow | undefined {
  const { path, report, contract } = scope
  const names = typeof entry.of === 'string' ? [entry.of] : entry.of
  const place = [...path, 'of']
  const isOnce = new Set(names).size === names.length
  if (!isOnce) report({ path: place }, 'SPEC_DUPLICATE', `${names.join(', ')} names a contract twice`)
  const of = names.flatMap((name, i) => contract(name, names === entry.of ? [...place, i] : place) ?? [])
  if (of.length < names.length) return undefined
  const assets = entry.assets === undefined ? heldBy(of, scope) : listed(entry.assets, scope)
  const limits = readLimits(entry.limits, scope)
  if (assets === undefined || limits === undefined || !isOnce) return undefined
  return {
    use: 'net-outflow',
    id: entry.id ?? `net-outflow-${names.join('-')}`,
    subject: names.join('-'),
    severity: entry.severity ?? 'high',
    role: 'damage',
    inputs: 'chain',
    of,
    assets,
    limits,
  }
}

function heldBy(holders: readonly Contract[], scope: DetectorScope): readonly Contract[] | undefined {
  const place = [...scope.path, 'of']
  const held = [...new Set(holders.flatMap(({ holds }) => holds))]
  // A token that does not exist has been reported where it is said to be held.
  if (!held.every(scope.isContract)) return undefined
  if (held.length > 0) return tokens(held, () => place, scope)
  const names = holders.map(({ alias }) => alias).join(', ')
  const hint = 'list tokens under `assets` here, or under `holds` of the contract'
  return scope.report({ path: place }, 'SPEC_FIELD', `no token to watch: ${names} holds nothing`, hint)
}

function listed(names: readonly string[], scope: DetectorScope): readonly Contract[] | undefined {
  return tokens([...new Set(names)], (name) => [...scope.path, 'assets', names.indexOf(name)], scope)
}

function tokens(
  names: readonly string[],
  placeOf: (name: string) => Path,
  { contract, report }: DetectorScope,
): readonly Contract[] | undefined {
  const found = names.flatMap((name) => {
    const token = contract(name, placeOf(name))
    if (token === undefined || isToken(token)) return token ?? []
    const message = `"${name}" has no Transfer event and balanceOf of an ERC-20`
    report({ path: placeOf(name) }, 'SPEC_ABI', message, 'give it `abi: erc20`')
    return []
  })
  return found.length === names.length ? found : undefined
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

function readLimits(
  { tx, ...written }: Readonly<Record<string, string>>,
  { path, report }: DetectorScope,
): NetOutflow['limits'] | undefined {
  const windows = Object.entries(written)
    .map(([window, share]) => ({ windowSeconds: durationSeconds(window), share: shareQuantity(share) }))
    .sort((a, b) => a.windowSeconds - b.windowSeconds)
  const twice = windows.find(({ windowSeconds }, i) => windowSeconds === windows[i + 1]?.windowSeconds)
  if (twice !== undefined) {
    const message = `two limits are for windows of ${twice.windowSeconds} seconds`
    return report({ path: [...path, 'limits'] }, 'SPEC_DUPLICATE', message)
  }
  return { ...(tx === undefined ? {} : { tx: shareQuantity(tx) }), windows }
}
