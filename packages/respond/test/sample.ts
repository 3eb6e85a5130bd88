import type { Evaluation } from '@breakwater/detect'
import {
  type Address,
  type Finding,
  type Hex,
  type Known,
  keccakText,
  known,
  type Unknown,
} from '@breakwater/kernel'
import { loadSpec, type Spec } from '@breakwater/spec'

const address = (digits: string): Address => `0x${digits.padStart(40, '0')}`
export const BREAKER = address('b2')
export const VAULT = address('a3')
export const PERPS = address('a4')

const HEAD = `version: 1
protocol: { name: Harbor, kinds: [perpetuals] }
networks: [{ slug: local, chainId: 31337 }]
contracts:
  usdc: { address: "eip155:31337:${address('a1')}", abi: erc20, decimals: 6 }
  vault: { address: "eip155:31337:${VAULT}", abi: erc4626, holds: [usdc] }
  perps: { address: "eip155:31337:${PERPS}", abi: erc4626 }
invariants:
  - { id: solvent, require: vault.totalAssets() >= 1, severity: critical }
  - { id: booked, require: usdc.balanceOf(vault) >= vault.totalAssets(), severity: high }
  - { id: quiet, require: vault.totalSupply() >= 1, severity: medium }
`
const GUARDIANS = `guardians:
  registry: "eip155:31337:${address('b1')}"
  breaker: "eip155:31337:${BREAKER}"
`

/** A specification with three invariants (`solvent` critical, `booked` high, `quiet` medium) and these responses. */
export function specOf(...responses: readonly string[]): Spec {
  return loadSpec(`${HEAD}responses:\n${responses.map((text) => `  - { ${text} }\n`).join('')}${GUARDIANS}`)
}

/** The same without anybody to act. */
export const OBSERVED = loadSpec(HEAD)

export const PAUSE_VAULT = 'id: pause-vault, when: severity >= critical, do: pause, target: vault, for: 30m'
export const HOLD_VAULT =
  'id: hold-vault, when: severity >= high, do: delayWithdrawals, target: vault, for: 1h'
export const PAUSE_PERPS = 'id: pause-perps, when: severity >= critical, do: pause, target: perps, for: 30m'

export const hashOf = (number: bigint, branch = ''): Hex => keccakText(`block ${number}${branch}`)
export const secondsOf = (number: bigint): bigint => 1_700_000_000n + 10n * number

export function finding(rule: 'solvent' | 'booked' | 'quiet', more: Partial<Finding> = {}): Finding {
  return {
    ...{ detector: 'invariant', rule, role: 'damage', inputs: 'chain', subject: rule },
    severity: rule === 'solvent' ? 'critical' : rule === 'booked' ? 'high' : 'medium',
    block: { number: 0n, hash: hashOf(0n), parentHash: hashOf(-1n), timestampSeconds: 0n },
    ...{ summary: `${rule} does not hold`, evidence: {}, uniqueKey: `invariant:${rule}` },
    ...more,
  }
}

export interface BlockOptions {
  number?: bigint
  branch?: string
  parentHash?: Hex
  seconds?: bigint
  findings?: readonly Finding[]
  unknown?: readonly Unknown[]
  /** What the breaker says, by the end of the call's text; all else as registered and not braked. */
  breaker?: Readonly<Record<string, Known<bigint>>>
}

/** A block as a guardian of `spec` judged it: registered with the breaker, not braked, unless told otherwise. */
export function evaluationOf(spec: Spec, options: BlockOptions = {}): Evaluation {
  const { number = 100n, branch = '', findings = [], unknown = [], breaker = {} } = options
  const block = {
    number,
    hash: hashOf(number, branch),
    parentHash: options.parentHash ?? hashOf(number - 1n, branch),
    timestampSeconds: options.seconds ?? secondsOf(number),
  }
  const calls = new Map<string, Known<bigint>>()
  for (const target of ['vault', 'perps']) {
    calls.set(`breaker.registrationOf(${target}).specHash`, known(BigInt(spec.hash)))
    calls.set(`breaker.statusOf(${target}).level`, known(0n))
    calls.set(`breaker.statusOf(${target}).untilSeconds`, known(0n))
  }
  for (const [name, value] of Object.entries(breaker)) calls.set(`breaker.${name}`, value)
  const facts = { block, txs: [], calls, observed: { atMs: 0, refs: new Map() } }
  // Nothing is folded onto it.
  const fold = {} as Evaluation['fold']
  return { block, facts, values: new Map(), findings, unknown, fold }
}
