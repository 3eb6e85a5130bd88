import type { Severity } from '@breakwater/kernel'
import type { z } from 'zod'
import type { Entries } from './entry.ts'
import { compileText, type Expression, type Names } from './expression/compile.ts'
import type { ClaimId } from './id.ts'
import { type Report, reportAt } from './problem.ts'
import { expressionSchema, idSchema, lineSchema, mapping, severitySchema } from './scalar.ts'

export const invariantSchema = mapping({
  id: idSchema,
  require: expressionSchema.describe('What must hold after every block: tvl >= claims.'),
  severity: severitySchema.describe('Severity of the finding when it does not hold.'),
  description: lineSchema(1_000).optional().describe('Why it must hold.'),
})

/** What must hold after every block. Its findings have detector `invariant`, and its id as rule and subject. */
export interface Invariant {
  id: string
  require: Expression<boolean>
  severity: Severity
  description?: string
}

export function resolveInvariants(
  { entries }: Entries<z.output<typeof invariantSchema>>,
  names: Names,
  claimId: ClaimId,
  report: Report,
): readonly Invariant[] {
  return entries.flatMap(({ path, value }) => {
    claimId(value.id, path)
    const at = reportAt(report, [...path, 'require'])
    const require = compileText('boolean', value.require, names, at)
    if (require === undefined) return []
    if (require.constant !== undefined) {
      at(0, 'SPEC_RULE', `this is always ${require.constant}: it reads nothing from the chain`)
    }
    const { id, severity, description } = value
    return [{ id, require, severity, ...(description === undefined ? {} : { description }) }]
  })
}
