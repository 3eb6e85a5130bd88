import { type Address, type Json, mergeNeeds, type Needs, type Quantity } from '@breakwater/kernel'
import { abiSchema, createAbiBook } from './abiBook.ts'
import { type Contract, contractSchema, resolveContracts } from './contract.ts'
import { type DetectorConfig, detectorSchema, resolveDetectors } from './detector/resolve.ts'
import { type Entries, readEntries } from './entry.ts'
import { compileText, type Expression, type Names } from './expression/compile.ts'
import { MAX_SPEC_NODES } from './expression/syntax.ts'
import { describe } from './expression/unit.ts'
import { createClaimId } from './id.ts'
import { type Invariant, invariantSchema, resolveInvariants } from './invariant.ts'
import { suggest } from './nearest.ts'
import { type Path, type Report, reportAt } from './problem.ts'
import { type Response, resolveResponses, responseSchema } from './response.ts'
import { accountSchema, durationSeconds, expressionSchema, splitAccount } from './scalar.ts'
import { maxLossSchema, networkSchema } from './schema.ts'
import { type NamedValue, resolveValues } from './value.ts'
import type { FindingLike } from './when.ts'

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
  const written = readEntries(document, 'values', expressionSchema)
  const { values, names } = resolveValues(written, { ...own, budget: { nodes: MAX_SPEC_NODES } }, report)
  const contract = createLookup(names, report)

  const rules = createClaimId('rules', report)
  const required = readEntries(document, 'invariants', invariantSchema)
  const invariants = resolveInvariants(required, names, rules, report)
  const watched = readEntries(document, 'detectors', detectorSchema)
  const detectors = resolveDetectors(watched, names, contract, rules, report)

  const isWhole = isComplete(required, invariants) && isComplete(watched, detectors)
  const responses = resolveResponses(readEntries(document, 'responses', responseSchema), {
    contract,
    claimId: createClaimId('responses', report),
    hasGuardians: typeof document === 'object' && document !== null && 'guardians' in document,
    possible: isWhole ? [...invariants.map(findingOfInvariant), ...detectors.map(findingOfDetector)] : null,
    report,
  })
  const guardians = resolveGuardians(document, chainId, report)
  const maxLoss = resolveMaxLoss(document, names, report)
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
    if (contract !== undefined) return contract
    return report({ path }, 'SPEC_NAME', `there is no contract "${alias}"`, suggest(alias, contracts.keys()))
  }
}

function isComplete(written: Entries<unknown>, resolved: readonly unknown[]): boolean {
  return written.broken.size === 0 && written.entries.length === resolved.length
}

function findingOfInvariant({ id, severity }: Invariant): FindingLike {
  return { detector: 'invariant', rule: id, role: 'damage', subject: id, severity }
}

function findingOfDetector({ use, id, role, subject, severity }: DetectorConfig): FindingLike {
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

function resolveMaxLoss(document: Json, names: Names, report: Report): MaxLoss | undefined {
  const entry = readEntries(document, 'limits', maxLossSchema).entries.find(({ name }) => name === 'maxLoss')
  if (entry === undefined) return undefined
  const { per, value, alone } = entry.value
  const at = reportAt(report, [...entry.path, 'value'])
  const expression = compileText('number', value, names, at)
  if (expression?.type === 'share' || expression?.type === 'seconds') {
    return at(
      0,
      'SPEC_UNIT',
      `${value} is ${describe(expression.type)} where an amount belongs`,
      'write 20% of tvl',
    )
  }
  return expression && { perSeconds: durationSeconds(per), value: expression, alone: alone ?? false }
}
