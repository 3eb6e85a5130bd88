import type { Quantity } from '@breakwater/kernel'
import { z } from 'zod'
import type { Expression } from '../expression/compile.ts'
import {
  assetSchema,
  decimalsSchema,
  idSchema,
  mapping,
  nameSchema,
  severitySchema,
  shareQuantity,
  shareSchema,
} from '../scalar.ts'
import type { DetectorBase, DetectorScope } from './scope.ts'

/** Decimals of Chainlink's USD feeds. */
export const FEED_DECIMALS = 8

export const oracleDeviationSchema = mapping({
  use: z.literal('oracle-deviation').describe("The protocol's price away from the guardians' own."),
  id: idSchema.optional(),
  of: nameSchema.describe('A named value that is a price in USD, or a contract with the ABI aggregatorV3.'),
  decimals: decimalsSchema.optional().describe('Decimals of the price; 8 without it.'),
  asset: assetSchema,
  max: shareSchema.describe('Largest deviation: 1%.'),
  severity: severitySchema.optional().describe('Severity of its findings; high without it.'),
}).describe('Oracle deviation and units (D6).')

export interface OracleDeviation extends DetectorBase {
  use: 'oracle-deviation'
  /** The protocol's price in USD times 10^decimals. */
  price: Expression<Quantity>
  decimals: number
  asset: string
  /** Largest |price / reference - 1|. */
  max: Quantity
}

export function resolveOracleDeviation(
  entry: z.output<typeof oracleDeviationSchema>,
  { path, isContract, number }: DetectorScope,
): OracleDeviation | undefined {
  const text = isContract(entry.of) ? `${entry.of}.latestRoundData().answer` : entry.of
  const price = number(text, [...path, 'of'])
  if (price === undefined) return undefined
  return {
    use: 'oracle-deviation',
    id: entry.id ?? `oracle-deviation-${entry.of}`,
    subject: entry.of,
    severity: entry.severity ?? 'high',
    role: 'damage',
    inputs: 'observed',
    price,
    decimals: entry.decimals ?? FEED_DECIMALS,
    asset: entry.asset,
    max: shareQuantity(entry.max),
  }
}
