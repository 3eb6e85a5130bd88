import {
  type Address,
  type CallRead,
  concatHex,
  type Hex,
  keccakText,
  type Needs,
  NO_NEEDS,
  type Series,
} from '@breakwater/kernel'
import type { Contract, Response, Spec } from '@breakwater/spec'

/** A response that acts on-chain. */
export type Reaction = Response & { target: Contract }

/** The responses that act on-chain; none without guardians to decide them. */
export function reactionsOf(spec: Spec): readonly Reaction[] {
  if (spec.guardians === undefined) return []
  return spec.responses.filter(
    (response): response is Reaction => response.level > 0 && response.target !== null,
  )
}

const selector = (signature: string): Hex => keccakText(signature).slice(0, 10) as Hex
const wordOf = (address: Address): Hex => `0x${address.slice(2).padStart(64, '0')}`

/** topic0 of the breaker's event: incidentId and target are indexed. */
export const EXECUTED = keccakText('Executed(bytes32,address,uint8,uint256,address)')

export const statusLevelOf = (target: Contract): string => `breaker.statusOf(${target.alias}).level`
export const statusUntilOf = (target: Contract): string => `breaker.statusOf(${target.alias}).untilSeconds`
export const specHashOf = (target: Contract): string => `breaker.registrationOf(${target.alias}).specHash`
export const heartbeatSecondsOf = (target: Contract): string =>
  `breaker.registrationOf(${target.alias}).heartbeatSeconds`
export const LAST_HEARTBEAT = 'breaker.lastHeartbeatSeconds()'

/** Word of `heartbeatSeconds` in what `registrationOf` answers: the hash, three actions of three, five bounds. */
const HEARTBEAT_WORD = 15

/**
 * What must be read in every block so that guardians decide on the breaker's state in the same block as they judge:
 * whose specification is registered for each target, what brake is in force, and when guardians were heard of.
 */
export function respondNeeds(spec: Spec): Needs {
  const { guardians } = spec
  if (guardians === undefined) return NO_NEEDS
  const targets = [...new Set(reactionsOf(spec).map(({ target }) => target))]
  const read = (id: string, signature: string, target: Contract | null, word: number): CallRead => ({
    id,
    to: guardians.breaker,
    data: concatHex([selector(signature), ...(target === null ? [] : [wordOf(target.address)])]),
    word,
    type: 'uint',
  })
  const executed: Series = {
    id: 'breaker.Executed',
    address: guardians.breaker,
    topic0: EXECUTED,
    where: [],
    add: null,
  }
  return {
    ...NO_NEEDS,
    calls: [
      ...targets.flatMap((target) => readsOf(target, read)),
      read(LAST_HEARTBEAT, 'lastHeartbeatSeconds()', null, 0),
    ],
    series: [executed],
  }
}

type Read = (id: string, signature: string, target: Contract, word: number) => CallRead

const readsOf = (target: Contract, read: Read): CallRead[] => [
  read(specHashOf(target), 'registrationOf(address)', target, 0),
  read(heartbeatSecondsOf(target), 'registrationOf(address)', target, HEARTBEAT_WORD),
  read(statusLevelOf(target), 'statusOf(address)', target, 0),
  read(statusUntilOf(target), 'statusOf(address)', target, 1),
]
