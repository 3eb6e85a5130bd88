import { type Address, BaseError, isHex, messageOf } from '@breakwater/kernel'
import { parse } from 'yaml'
import { z } from 'zod'
import { ASSETS } from './harbor/plan.ts'

const address = z
  .string()
  .transform((text) => text.toLowerCase() as Address)
  .refine((text) => isHex(text, 20), { error: 'must be an address: 0x and 40 hexadecimal digits, quoted' })
/** An amount in whole tokens. */
const tokens = z.int().min(1)

/** `deployment.yaml`: what `breakwater deploy` puts on a chain. */
const schema = z.strictObject({
  chainId: z.int().min(1),
  salt: z.string().min(1).optional(),
  guardians: z.array(address).min(1).max(255),
  tokens: z.union([z.literal('test'), z.strictObject({ stake: address, vote: address, pool: address })]),
  minStake: tokens,
  governance: z.strictObject({ proposalThreshold: tokens, quorumFloor: tokens, underwriterFloor: tokens }),
  council: z.strictObject({
    members: z.array(address).min(2).max(32),
    threshold: z.int().min(2),
    termEnds: z.iso.date(),
  }),
  harbor: z
    .strictObject({
      reporter: address,
      prices: z.strictObject(Object.fromEntries(ASSETS.map((asset) => [asset, z.number().positive()]))),
    })
    .optional(),
})

export type Deployment = z.output<typeof schema>

/** @throws DEPLOY_CONFIG naming the field, the reason and the remedy */
export function parseDeployment(text: string): Deployment {
  let value: unknown
  try {
    value = parse(text)
  } catch (cause) {
    throw configError(messageOf(cause).split('\n')[0] ?? '', cause)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw configError(`${issue?.path.join('.') || 'the file'}: ${issue?.message}`, parsed.error)
  }
  const { harbor, tokens, council } = parsed.data
  if (harbor !== undefined && tokens !== 'test') {
    throw configError('harbor: is a reference protocol in test dollars, and needs `tokens: test`')
  }
  if (council.threshold > council.members.length) {
    throw configError(`council.threshold: is ${council.threshold}, with ${council.members.length} members`)
  }
  return parsed.data
}

export function configError(reason: string, cause?: unknown): BaseError {
  return new BaseError('DEPLOY_CONFIG', `the deployment is not right: ${reason}`, {
    hint: 'docs/deploying shows one',
    docsPath: 'deploying',
    cause,
  })
}
