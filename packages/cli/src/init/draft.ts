import { type Address, BaseError, messageOf } from '@breakwater/kernel'
import { loadSpec, type Spec } from '@breakwater/spec'
import { createNames } from './alias.ts'
import { contractLine } from './contractLine.ts'
import type { Line, Rules } from './line.ts'
import { type Named, nameContracts } from './named.ts'
import { suggestRules } from './rules.ts'
import type { Survey } from './survey.ts'

export interface Draft {
  /** YAML with comments. */
  text: string
  spec: Spec
  contracts: readonly Named[]
}

/** What is known beside the chain. */
export interface Given {
  names?: ReadonlyMap<Address, string>
  guardians?: { registry: Address; breaker: Address }
}

/** What people call well-known chains; it names the network in the file and decides nothing. */
const SLUGS: ReadonlyMap<bigint, string> = new Map([
  [1n, 'ethereum'],
  [10n, 'optimism'],
  [56n, 'bsc'],
  [100n, 'gnosis'],
  [137n, 'polygon'],
  [8453n, 'base'],
  [31337n, 'local'],
  [42161n, 'arbitrum'],
  [43114n, 'avalanche'],
  [11155111n, 'sepolia'],
])

/**
 * A specification for what was found, checked as every other.
 * @throws CLI_DRAFT when it is wrong, which is a mistake of ours
 */
export function draftSpec(survey: Survey, given: Given = {}): Draft {
  const names = createNames()
  const contracts = nameContracts(survey, names, given.names ?? new Map())
  const text = write(survey, contracts, suggestRules(contracts, survey, names), given.guardians ?? null)
  try {
    return { text, spec: loadSpec(text, { file: 'draft' }), contracts }
  } catch (error) {
    throw new BaseError('CLI_DRAFT', `the draft is no right specification: ${messageOf(error)}`, {
      hint: 'this is a mistake in breakwater: please report it with the chain and the addresses',
      cause: error,
    })
  }
}

function write(
  survey: Survey,
  contracts: readonly Named[],
  rules: Rules,
  guardians: Given['guardians'] | null,
): string {
  const { chainId, block, strangers } = survey
  const slug = SLUGS.get(chainId) ?? `chain-${chainId}`
  const main = contracts.find(({ vault }) => vault) ?? contracts.find(({ token }) => token)
  const kinds = contracts.some(({ vault }) => vault) ? ', kinds: [vault]' : ''
  const hasRules = rules.invariants.length + rules.detectors.length > 0
  const lines = [
    '# yaml-language-server: $schema=./node_modules/@breakwater/spec/schema/v1.json',
    `# Drafted by breakwater init from chain ${chainId} in block ${block.number} (${block.hash}).`,
    '# It says what is there, not what is right: lines that say DECIDE wait for who knows the protocol.',
    'version: 1',
    '# DECIDE: its name, and what it is (kinds).',
    `protocol: { name: ${JSON.stringify(main?.token?.name ?? 'Protocol')}${kinds} }`,
    `networks: [{ slug: ${slug}, chainId: ${chainId} }]`,
    '',
    'contracts:',
    ...contracts.flatMap((contract) => entry(contractLine(contract, contracts, chainId), '')),
    ...strangers.map(
      (address) => `  # ${address}: a contract, but none of a kind that init knows. ${ADD_ITS_ABI}`,
    ),
    ...section('values', rules.values, ''),
    ...section('invariants', rules.invariants, '- '),
    ...section('detectors', rules.detectors, '- '),
    ...(hasRules ? RESPONSES : []),
    ...(guardians ? guardianLines(guardians, chainId) : []),
  ]
  return `${lines.join('\n')}\n`
}

const ADD_ITS_ABI = 'DECIDE: add it with the functions that matter.'

const RESPONSES = [
  '',
  'responses:',
  '  # DECIDE: what stops the loss? delayWithdrawals, reduceOnly and pause need a target, a duration and `guardians`.',
  '  - { id: tell, when: severity >= low, do: alert }',
]

function guardianLines({ registry, breaker }: NonNullable<Given['guardians']>, chainId: bigint): string[] {
  const account = (address: Address) => `"eip155:${chainId}:${address}"`
  return ['', `guardians: { registry: ${account(registry)}, breaker: ${account(breaker)} }`]
}

function section(name: string, lines: readonly Line[], bullet: string): readonly string[] {
  return lines.length === 0 ? [] : ['', `${name}:`, ...lines.flatMap((line) => entry(line, bullet))]
}

function entry({ why, text }: Line, bullet: string): readonly string[] {
  return [...why.map((line) => `  # ${line}`), `  ${bullet}${text}`]
}
