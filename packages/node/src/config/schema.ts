import { type Address, messageOf } from '@breakwater/kernel'
import { z } from 'zod'
import { parseEndpoint } from '../net/endpoint.ts'

const text = z.string().min(1)
const ms = z.int().min(1).max(3_600_000)

/** A secret: text, which should be an environment variable, or a file that holds nothing else. */
const secret = z.union([text, z.strictObject({ file: text })], {
  error: 'must be an environment variable in braces, or { file: path }',
})

const identity = z.strictObject({
  keystore: text.describe('Web3 Secret Storage file: breakwater keys new --out guardian.json'),
  password: secret,
})

const endpoint = (lowestPort: number) =>
  z.string().transform((value, context) => {
    try {
      return parseEndpoint(value, lowestPort)
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
      return z.NEVER
    }
  })

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address of 20 bytes')
  .transform((value) => value.toLowerCase() as Address)

const provider = z.union(
  [
    text,
    z.strictObject({
      url: text,
      announcements: text.optional().describe('WebSocket URL for new heads beside HTTP.'),
    }),
  ],
  { error: 'must be a URL or { url, announcements }' },
)

/** `guardian.yaml`: what one guardian needs to know, beside the specification that all share. */
export const guardianSchema = z.strictObject({
  specification: text.describe('Path of the security specification, from this file.'),
  rpc: z.array(provider).min(1).describe('RPC providers; from two on they are compared.'),
  mode: z
    .enum(['act', 'observe'])
    .optional()
    .describe('act where the specification names guardians, else observe.'),
  data: text.default('./data').describe('Folder of the write-ahead logs.'),
  store: text.optional().describe('Folder of the embedded store, or postgres://…; data/store without it.'),
  identity: identity.optional().describe('Who this guardian is; needed to act.'),
  carrier: identity.optional().describe('Account that pays for bringing actions in.'),
  network: z
    .strictObject({
      listen: endpoint(0).describe('Where the other guardians reach this one; port 0 takes a free one.'),
      peers: z
        .record(address, endpoint(1))
        .default({})
        .describe('Where they are, by the address that the registry knows them by.'),
    })
    .optional()
    .describe('Needed to act where the registry has more than one guardian.'),
  references: z
    .array(z.strictObject({ name: text, asset: text, url: text, path: text }))
    .default([])
    .describe('Independent price sources, JSON over HTTP: three for each asset.'),
  channels: z
    .array(z.strictObject({ type: z.literal('webhook'), name: text, url: text, secret }))
    .default([])
    .describe('Who is told of findings, incidents and blindness.'),
  http: z
    .union([
      z.literal(false),
      z.strictObject({ host: text.default('127.0.0.1'), port: z.int().min(0).max(65535) }),
    ])
    .default({ host: '127.0.0.1', port: 8080 })
    .describe('Where /healthz, /readyz, /metrics, /incidents, /findings and /events are served.'),
  start: z.union([z.enum(['auto', 'latest']), z.int().min(0)]).default('auto'),
  finality: z.union([z.literal('finalized'), z.int().min(0).max(100_000)]).default('finalized'),
  timing: z
    .strictObject({
      pollMs: ms.default(1000),
      staleMs: ms.default(60_000),
      graceMs: ms.default(2000),
      deltaMs: ms.default(500),
      heartbeatMs: ms.default(5000),
      staggerMs: ms.default(400),
      referencePollMs: ms.default(1000),
      referenceMaxAgeMs: ms.default(10_000),
    })
    .prefault({}),
})

export type GuardianFile = z.output<typeof guardianSchema>
