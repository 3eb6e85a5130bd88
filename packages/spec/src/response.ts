import type { Level } from '@breakwater/kernel'
import { z } from 'zod'
import type { Contract } from './contract.ts'
import type { Entries } from './entry.ts'
import type { ClaimId } from './id.ts'
import { type Path, type Report, reportAt } from './problem.ts'
import { durationSchema, durationSeconds, idSchema, mapping, nameSchema } from './scalar.ts'
import { type Condition, compileWhen, type FindingLike } from './when.ts'

/** What responses do; the position is the level of the action. */
export const RESPONSES = ['alert', 'delayWithdrawals', 'reduceOnly', 'pause'] as const

const whenSchema = z
  .string({ error: 'must be a condition such as severity >= critical' })
  .describe('Condition on a finding: severity >= critical, detector == net-outflow and subject == vault.')

export const responseSchema = z.discriminatedUnion('do', [
  mapping({
    id: idSchema.optional(),
    when: whenSchema,
    do: z.literal('alert').describe('Tells people and changes nothing on-chain.'),
  }),
  mapping({
    id: idSchema.optional(),
    when: whenSchema,
    do: z.enum(['delayWithdrawals', 'reduceOnly', 'pause']).describe('What the breaker does to the target.'),
    target: nameSchema.describe('The contract to act on.'),
    for: durationSchema.describe('How long; the brake then ends by itself.'),
    quorum: z
      .literal('certificate')
      .optional()
      .describe('Who decides: n - f guardians, which is the default.'),
    onError: z
      .enum(['open', 'closed'])
      .optional()
      .describe('When the condition cannot be judged: open (alert, the default) or closed (act).'),
  }),
])

/** What findings lead to. */
export interface Response {
  id: string
  do: (typeof RESPONSES)[number]
  /** Position of `do` in RESPONSES; from 1 on it acts on-chain and has a target. */
  level: Level
  when: string
  matches: Condition
  target: Contract | null
  /** 0 for an alert. */
  durationSeconds: number
  onError: 'open' | 'closed'
}

export interface ResponseScope {
  contract(alias: string, path: Path): Contract | undefined
  claimId: ClaimId
  /** All findings that the specification can lead to; `null` when they are not known. */
  possible: readonly FindingLike[] | null
  /** Whether there is somebody to act on-chain. */
  hasGuardians: boolean
  report: Report
}

export function resolveResponses(
  { entries }: Entries<z.output<typeof responseSchema>>,
  scope: ResponseScope,
): readonly Response[] {
  const acting = entries.find(({ value }) => value.do !== 'alert')
  if (acting !== undefined && !scope.hasGuardians) {
    const message = `"${acting.value.do}" acts on-chain, for which there are no guardians`
    const hint = 'name their contracts: guardians: { registry: "eip155:…", breaker: "eip155:…" }'
    scope.report({ path: [...acting.path, 'do'] }, 'SPEC_RULE', message, hint)
  }
  return entries.flatMap(({ path, value }) => resolveResponse(path, value, scope) ?? [])
}

function resolveResponse(
  path: Path,
  value: z.output<typeof responseSchema>,
  { contract, claimId, possible, report }: ResponseScope,
): Response | undefined {
  const id = value.id ?? (value.do === 'alert' ? 'alert' : `${value.do}-${value.target}`)
  claimId(id, path)
  const matches = compileWhen(value.when, possible, reportAt(report, [...path, 'when']))
  const target = value.do === 'alert' ? null : contract(value.target, [...path, 'target'])
  if (matches === undefined || target === undefined) return undefined
  return {
    id,
    do: value.do,
    level: RESPONSES.indexOf(value.do) as Level,
    when: value.when,
    matches,
    target,
    durationSeconds: value.do === 'alert' ? 0 : durationSeconds(value.for),
    onError: (value.do === 'alert' ? undefined : value.onError) ?? 'open',
  }
}
