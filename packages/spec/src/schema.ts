/**
 * The shape of a specification, version 1. Unknown fields are errors; what fields mean to each other (names, units,
 * rules) is checked afterwards. `schema/v1.json` is made of it.
 * @module
 */

import { z } from 'zod'
import { abiSchema } from './abiBook.ts'
import { contractSchema } from './contract.ts'
import { detectorSchema } from './detector/resolve.ts'
import { MAX_ENTRIES } from './entry.ts'
import { invariantSchema } from './invariant.ts'
import { responseSchema } from './response.ts'
import { accountSchema, durationSchema, expressionSchema, lineSchema, mapping, nameSchema } from './scalar.ts'

const protocolSchema = mapping({
  name: lineSchema(100).describe('Name of the protocol.'),
  kinds: z
    .array(
      z.enum(['perpetuals', 'options', 'futures', 'lending', 'exchange', 'vault', 'stablecoin', 'bridge']),
    )
    .optional()
    .describe('What the protocol is.'),
}).describe('What is protected.')

export const networkSchema = mapping({
  slug: lineSchema(64).describe('Short name of the network: ethereum, base, local.'),
  chainId: z.int().min(1).describe('EIP-155 chain id.'),
  maxPastBlocks: z
    .union([z.int().min(1), z.literal('unlimited')], { error: 'must be a number of blocks or unlimited' })
    .optional()
    .describe('How many missed blocks are read after a stop; unlimited without it.'),
  confirmations: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe('How many blocks later a block is acted on; 0, the newest, without it.'),
})

export const maxLossSchema = mapping({
  per: durationSchema.describe('The period.'),
  value: expressionSchema.describe('Largest loss in it: 20% of tvl.'),
  alone: z.boolean().optional().describe('Whether it must hold with all guardians dead.'),
})

const limitsSchema = mapping({
  maxLoss: maxLossSchema.optional().describe('Largest loss that an attack may cause.'),
}).describe('Bounds that the deployed limits must prove.')

const screeningSchema = mapping({
  mode: z.enum(['enforce', 'observe']).describe('Whether screening refuses transactions or only reports.'),
  onError: z.enum(['open', 'closed']).describe('Whether a transaction that cannot be judged passes.'),
}).describe('Screening of transactions before they execute.')

const guardiansSchema = mapping({
  registry: accountSchema.describe('GuardianRegistry: who the guardians are.'),
  breaker: accountSchema.describe('CircuitBreaker: what carries their actions out.'),
}).describe('Contracts of the guardians; needed by responses that act on-chain.')

const disclosureSchema = mapping({
  owner: lineSchema(200).optional().describe('Who answers for the protocol.'),
  contact: lineSchema(200).optional().describe('Where to report a vulnerability.'),
  bounty: lineSchema(200).optional().describe('The bug bounty.'),
  audits: z.array(lineSchema(200)).optional().describe('Audit reports.'),
}).describe('What the protocol tells its users.')

const table = <V extends z.ZodType>(value: V) =>
  z.record(nameSchema, value).refine((entries) => Object.keys(entries).length <= MAX_ENTRIES, {
    error: `must have at most ${MAX_ENTRIES} entries`,
  })
const list = <V extends z.ZodType>(value: V) => z.array(value).max(MAX_ENTRIES)

export const documentSchema = mapping({
  version: z.literal(1).describe('Version of this format.'),
  protocol: protocolSchema,
  networks: z
    .array(networkSchema)
    .length(1, { error: 'must be exactly one network for now' })
    .describe('Where the protocol lives.'),
  abis: table(abiSchema).optional().describe('ABIs by name.'),
  contracts: table(contractSchema).describe("The protocol's contracts, tokens and feeds, by alias."),
  values: table(expressionSchema).optional().describe('Named values: expressions that give numbers.'),
  invariants: list(invariantSchema).optional().describe('What must always hold.'),
  detectors: list(detectorSchema).optional().describe('Detectors of known kinds of attack.'),
  responses: list(responseSchema).optional().describe('What findings lead to.'),
  limits: limitsSchema.optional(),
  screening: screeningSchema.optional(),
  guardians: guardiansSchema.optional(),
  disclosure: disclosureSchema.optional(),
}).describe('Breakwater security specification, version 1.')

/** What was written, with addresses in lower case and numbers of expressions as text. Its JSON is what is hashed. */
export type SpecDocument = z.output<typeof documentSchema>
