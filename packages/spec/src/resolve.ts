import { type Address, type Json, mergeNeeds, type Needs, type Quantity } from '@breakwater/kernel'
import type { z } from 'zod'
import { abiSchema, createAbiBook } from './abiBook.ts'
import { type Contract, contractSchema, resolveContracts } from './contract.ts'
import { type DetectorConfig, detectorSchema, resolveDetector } from './detector/resolve.ts'
import { type Entries, readEntries } from './entry.ts'
import {
  type Budget,
  compileExpression,
  type Expression,
  type Names,
  readExpression,
} from './expression/compile.ts'
import { MAX_SPEC_NODES } from './expression/syntax.ts'
import { type ClaimId, createClaimId } from './id.ts'
import { type Invariant, invariantSchema, resolveInvariants } from './invariant.ts'
import { suggest } from './nearest.ts'
import { type Path, type Report, reportAt } from './problem.ts'
import { type Response, resolveResponses, responseSchema } from './response.ts'
import { accountSchema, durationSeconds, expressionSchema, splitAccount } from './scalar.ts'
import { maxLossSchema, networkSchema } from './schema.ts'
import { type NamedValue, resolveValues } from './value.ts'
import type { Subject } from './when.ts'

/** A bound on loss that the deployed limits must prove. */
export interface MaxLoss {
  perSeconds: number
  /** Evaluated where it is needed; its reads are not among the specification's needs. */
  value: Expression<Quantity>
  /** Whether it must hold with all guardians dead. */
  alone: boolean
}

/** What the sections mean to each other: names looked up, expressions compiled, ids given. */
export interface Resolved {
  contracts: ReadonlyMap<string, Contract>
  needs: Needs
  values: readonly NamedValue[]
  invariants: readonly Invariant[]
  detectors: readonly DetectorConfig[]
  responses: readonly Response[]
  maxLoss?: MaxLoss
  guardians?: { registry: Address; breaker: Address }
}

/**
 * Resolves as much of a document as has the right shape and reports all that is wrong with it, each mistake once:
 * what refers to something broken is not to blame.
 */
export function resolve(document: Json, report: Report): Resolved {
  const network = readEntries(document, 'networks', networkSchema).entries[0]
  const chainId = network && BigInt(network.value.chainId)
  const abiBook = createAbiBook(readEntries(document, 'abis', abiSchema), report)
  const own = resolveContracts(readEntries(document, 'contracts', contractSchema), chainId, abiBook, report)
  const budget: Budget = { nodes: MAX_SPEC_NODES }
  const written = readEntries(document, 'values', expressionSchema)
  const { values, names } = resolveValues(written, own, budget, report)
  const contract = createLookup(names, report)

  const rules = createClaimId('rules', report)
  const required = readEntries(document, 'invariants', invariantSchema)
  const invariants = resolveInvariants(required, names, rules, budget, report)
  const watched = readEntries(document, 'detectors', detectorSchema)
  const detectors = resolveDetectors(watched, names, contract, rules, budget, report)

  const isWhole = isComplete(required, invariants) && isComplete(watched, detectors)
  const responses = resolveResponses(readEntries(document, 'responses', responseSchema), {
    contract,
    claimId: createClaimId('responses', report),
    possible: isWhole ? [...invariants.map(findingOfInvariant), ...detectors.map(findingOfDetector)] : null,
    report,
  })
  const guardians = resolveGuardians(document, chainId, report)
  checkAuthority(document, responses, report)
  const maxLoss = resolveMaxLoss(document, names, budget, report)
  const expressions = [
    ...values.map(({ expression }) => expression),
    ...invariants.map(({ require }) => require),
  ]
  return {
    contracts: own.contracts,
    needs: mergeNeeds(expressions.map(({ needs }) => needs)),
    values,
    invariants,
    detectors,
    responses,
    ...(maxLoss === undefined ? {} : { maxLoss }),
    ...(guardians === undefined ? {} : { guardians }),
  }
}

type Lookup = (alias: string, path: Path) => Contract | undefined

function createLookup({ contracts, broken }: Names, report: Report): Lookup {
  return (alias, path) => {
    if (broken.has(alias)) return undefined
    const contract = contracts.get(alias)
    if (contract === undefined) {
      report({ path }, 'SPEC_NAME', `there is no contract "${alias}"`, suggest(alias, contracts.keys()))
    }
    return contract
  }
}

function isComplete(written: Entries<unknown>, resolved: readonly unknown[]): boolean {
  return written.broken.size === 0 && written.entries.length === resolved.length
}

function resolveDetectors(
  { entries }: Entries<z.output<typeof detectorSchema>>,
  names: Names,
  contract: Lookup,
  claimId: ClaimId,
  budget: Budget,
  report: Report,
): readonly DetectorConfig[] {
  const number = (text: string, path: Path): Expression<Quantity> | undefined => {
    // The text is made from the field, so that its characters are not the field's.
    const at = (_offset: number, ...problem: Tail<Parameters<Report>>) => report({ path }, ...problem)
    const node = readExpression(text, budget, at)
    return node && compileExpression('number', text, node, names, at)
  }
  const isContract = (name: string): boolean => names.contracts.has(name)
  return entries.flatMap(({ path, value }) => {
    const detector = resolveDetector(value, { path, report, contract, isContract, number })
    if (detector === undefined) return []
    claimId(detector.id, path)
    return [detector]
  })
}
type Tail<T extends readonly unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never

function findingOfInvariant({ id, severity }: Invariant): Subject {
  return { detector: 'invariant', rule: id, role: 'damage', subject: id, severity }
}

function findingOfDetector({ use, id, role, subject, severity }: DetectorConfig): Subject {
  return { detector: use, rule: id, role, subject, severity }
}

function resolveGuardians(
  document: Json,
  chainId: bigint | undefined,
  report: Report,
): Resolved['guardians'] | undefined {
  const address = new Map<string, Address>()
  for (const { name, path, value } of readEntries(document, 'guardians', accountSchema).entries) {
    const account = splitAccount(value)
    address.set(name, account.address)
    if (chainId !== undefined && account.chainId !== chainId) {
      const message = `guardians.${name} is on chain ${account.chainId}, the network is chain ${chainId}`
      report({ path }, 'SPEC_NETWORK', message)
    }
  }
  const [registry, breaker] = [address.get('registry'), address.get('breaker')]
  return registry && breaker && { registry, breaker }
}

/** Whoever acts on-chain needs guardians. */
function checkAuthority(document: Json, responses: readonly Response[], report: Report): void {
  const index = responses.findIndex(({ level }) => level > 0)
  const hasGuardians = typeof document === 'object' && document !== null && 'guardians' in document
  if (index < 0 || hasGuardians) return
  const hint = 'name their contracts: guardians: { registry: "eip155:…", breaker: "eip155:…" }'
  const message = `"${responses[index]?.do}" acts on-chain, for which there are no guardians`
  report({ path: ['responses', index, 'do'] }, 'SPEC_RULE', message, hint)
}

function resolveMaxLoss(document: Json, names: Names, budget: Budget, report: Report): MaxLoss | undefined {
  const entry = readEntries(document, 'limits', maxLossSchema).entries.find(({ name }) => name === 'maxLoss')
  if (entry === undefined) return undefined
  const { per, value, alone } = entry.value
  const at = reportAt(report, [...entry.path, 'value'])
  const node = readExpression(value, budget, at)
  const expression = node && compileExpression('number', value, node, names, at)
  return expression && { perSeconds: durationSeconds(per), value: expression, alone: alone ?? false }
}
