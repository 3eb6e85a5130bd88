import {
  assert,
  BaseError,
  canonicalJson,
  type Hex,
  type Json,
  type Known,
  keccakText,
  type Quantity,
  type Scene,
  shorten,
  type Values,
} from '@breakwater/kernel'
import { evaluate } from './expression/compile.ts'
import { reportIssue } from './issue.ts'
import { type Problem, pathText, type Report, SpecError } from './problem.ts'
import { type Resolved, resolve } from './resolve.ts'
import { documentSchema, type SpecDocument } from './schema.ts'
import { readSource } from './source.ts'

export interface Network {
  slug: string
  /** How many missed blocks are read after a stop. */
  maxPastBlocks: number | 'unlimited'
  /** How many blocks later a block is acted on; 0 is the newest. */
  confirmations: number
}

/** A security specification, checked and ready to use. */
export interface Spec extends Resolved {
  /** keccak256 of the document's canonical JSON (RFC 8785): what guardians agree on and the breaker registers. */
  hash: Hex
  /** Name of the protocol. */
  name: string
  chainId: bigint
  network: Network
  document: SpecDocument
}

/** More than anybody reads; looking for further ones costs time. */
const MAX_PROBLEMS = 200

/**
 * Reads a specification.
 * @throws SpecError with all problems of the file (code SPEC_INVALID)
 */
export function loadSpec(text: string, options: { file?: string } = {}): Spec {
  const { problems, document, resolved } = read(text)
  const [first, ...others] = problems
  if (first !== undefined) throw new SpecError(options.file ?? 'specification', [first, ...others])
  assert(document !== undefined && resolved !== undefined, 'a specification without problems is whole')
  for (const section of ['invariants', 'detectors', 'responses'] as const) {
    assert(resolved[section].length === (document[section]?.length ?? 0), `all ${section} are resolved`)
  }
  const [network] = document.networks
  assert(network !== undefined, 'there is one network')
  return {
    ...resolved,
    hash: specHash(document),
    name: document.protocol.name,
    chainId: BigInt(network.chainId),
    network: {
      slug: network.slug,
      maxPastBlocks: network.maxPastBlocks ?? 'unlimited',
      confirmations: network.confirmations ?? 0,
    },
    document,
  }
}

/** All problems of a specification in the order of the file, at most 200; none when it is right. Never throws. */
export function checkSpec(text: string): readonly Problem[] {
  return read(text).problems
}

/** keccak256 of the canonical JSON: comments, the order of keys, quotes and indentation do not change it. */
export function specHash(document: SpecDocument): Hex {
  return keccakText(canonicalJson(document as Json))
}

/**
 * All named values in one block.
 * @param values filled one by one and returned: a history that reads it while it grows sees the values before
 */
export function evaluateValues(
  spec: Pick<Spec, 'values'>,
  { facts, history }: Omit<Scene, 'values'>,
  values = new Map<string, Known<Quantity>>(),
): Values {
  const scene: Scene = { facts, history, values }
  for (const { name, expression } of spec.values) values.set(name, evaluate(expression, scene))
  return values
}

interface Reading {
  problems: readonly Problem[]
  document?: SpecDocument | undefined
  resolved?: Resolved
}

/** Thrown to stop looking for more problems. */
const ENOUGH = new BaseError('SPEC_INVALID', `the specification has ${MAX_PROBLEMS} problems or more`)

function read(text: string): Reading {
  const source = readSource(text)
  const json = source.value
  if (json === undefined) return { problems: source.problems.slice(0, MAX_PROBLEMS) }
  const problems: Problem[] = []
  const report: Report = (place, code, message, hint) => {
    const path = pathText(place.path)
    const suggestion = hint === undefined ? {} : { hint }
    problems.push({ code, message: shorten(message, 300), ...source.locate(place), path, ...suggestion })
    if (problems.length >= MAX_PROBLEMS) throw ENOUGH
    return undefined
  }
  const inOrder = () => problems.sort((a, b) => a.line - b.line || a.column - b.column)
  try {
    const parsed = documentSchema.safeParse(json)
    for (const issue of parsed.error?.issues ?? []) reportIssue(issue, json, report)
    const resolved = resolve(json, report)
    return { problems: inOrder(), document: parsed.data, resolved }
  } catch (error) {
    if (error !== ENOUGH) throw error
    return { problems: inOrder() }
  }
}
