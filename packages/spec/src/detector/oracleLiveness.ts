import { compare, type Quantity } from '@breakwater/kernel'
import { z } from 'zod'
import type { Expression } from '../expression/compile.ts'
import {
  assetSchema,
  decimalQuantity,
  decimalsSchema,
  durationSchema,
  durationSeconds,
  idSchema,
  mapping,
  nameSchema,
  priceSchema,
  severitySchema,
  shareQuantity,
  shareSchema,
} from '../scalar.ts'
import { FEED_DECIMALS } from './oracleDeviation.ts'
import type { DetectorBase, DetectorScope } from './scope.ts'

export const oracleLivenessSchema = mapping({
  use: z.literal('oracle-liveness').describe('A feed that is late, stands still or has reached its bounds.'),
  id: idSchema.optional(),
  of: nameSchema.describe('A contract with the ABI aggregatorV3.'),
  heartbeat: durationSchema.describe('How often the feed promises to report: 60s.'),
  decimals: decimalsSchema.optional().describe("Decimals of the feed's answer; 8 without it."),
  min: priceSchema.optional().describe('Lowest answer that the feed can give, in USD: 0.01.'),
  max: priceSchema.optional().describe('Highest answer that the feed can give, in USD.'),
  asset: assetSchema.optional(),
  deviation: shareSchema
    .optional()
    .describe('With `asset`: the feed stands still while the reference price moves by more than this share.'),
  severity: severitySchema.optional().describe('Severity of its findings; high without it.'),
}).describe('Oracle liveness, floor and cap (D8).')

export interface OracleLiveness extends DetectorBase {
  use: 'oracle-liveness'
  /** The feed's answer, in USD times 10^decimals. */
  answer: Expression<Quantity>
  /** When the feed was last updated, in seconds since 1970. */
  updatedAt: Expression<Quantity>
  heartbeatSeconds: number
  decimals: number
  /** Lowest and highest answer of the feed, in USD. */
  min?: Quantity
  max?: Quantity
  /** Unchanged while the reference price of `asset` moves by more than this share. */
  still?: { asset: string; deviation: Quantity }
}

export function resolveOracleLiveness(
  entry: z.output<typeof oracleLivenessSchema>,
  { path, report, contract, number }: DetectorScope,
): OracleLiveness | undefined {
  if (contract(entry.of, [...path, 'of']) === undefined) return undefined
  const answer = number(`${entry.of}.latestRoundData().answer`, [...path, 'of'])
  const updatedAt = answer && number(`${entry.of}.latestRoundData().updatedAt`, [...path, 'of'])
  const [min, max] = [entry.min, entry.max].map((price) =>
    price === undefined ? undefined : decimalQuantity(price),
  )
  if (min !== undefined && max !== undefined && compare(min, max) >= 0) {
    return report({ path: [...path, 'min'] }, 'SPEC_FIELD', `min ${entry.min} must be below max ${entry.max}`)
  }
  if ((entry.asset === undefined) !== (entry.deviation === undefined)) {
    const [has, lacks] = entry.asset === undefined ? ['deviation', 'asset'] : ['asset', 'deviation']
    return report({ path: [...path, has] }, 'SPEC_FIELD', `"${has}" needs "${lacks}" beside it`)
  }
  if (answer === undefined || updatedAt === undefined) return undefined
  return {
    use: 'oracle-liveness',
    id: entry.id ?? `oracle-liveness-${entry.of}`,
    subject: entry.of,
    severity: entry.severity ?? 'high',
    role: 'damage',
    inputs: entry.asset === undefined ? 'chain' : 'observed',
    answer,
    updatedAt,
    heartbeatSeconds: durationSeconds(entry.heartbeat),
    decimals: entry.decimals ?? FEED_DECIMALS,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(entry.asset === undefined || entry.deviation === undefined
      ? {}
      : { still: { asset: entry.asset, deviation: shareQuantity(entry.deviation) } }),
  }
}
