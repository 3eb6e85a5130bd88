import { type Address, concatHex, type Hex, keccak, keccakText, toWord } from './hex.ts'

/** 0 alert, 1 delay withdrawals, 2 reduce-only, 3 pause. */
export type Level = 0 | 1 | 2 | 3

/** What guardians ask of a breaker. Its EIP-712 digest is what a certificate signs. */
export interface Action {
  chainId: bigint
  breaker: Address
  target: Address
  level: Level
  /** Calldata for the target: a registered selector, bounded arguments. */
  data: Hex
  durationSeconds: number
  incidentId: Hex
  specHash: Hex
  epoch: bigint
  anchorNumber: bigint
  anchorHash: Hex
  deadlineSeconds: bigint
}

/** Signatures of at least n - f guardians over an action's digest. */
export interface Certificate {
  digest: Hex
  /** Bit i is set when guardian i of the epoch signed. */
  bitmap: bigint
  /** EIP-2098 compact signatures, 64 bytes each, in the order of the bits. */
  signatures: readonly Hex[]
}

export interface Domain {
  name: string
  version: string
  chainId: bigint
  verifyingContract: Address
}

const word = (value: Hex): Hex => `0x${value.slice(2).padStart(64, '0')}`

/** EIP-712 domain separator. */
export function domainSeparator(domain: Domain): Hex {
  return keccak(
    concatHex([
      keccakText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
      keccakText(domain.name),
      keccakText(domain.version),
      toWord(domain.chainId),
      word(domain.verifyingContract),
    ]),
  )
}

/** EIP-712 digest of a struct. */
export function typedDigest(separator: Hex, structHash: Hex): Hex {
  return keccak(concatHex(['0x1901', separator, structHash]))
}

export const ACTION_TYPE =
  'Action(uint256 chainId,address breaker,address target,uint8 level,bytes data,uint32 durationSeconds,' +
  'bytes32 incidentId,bytes32 specHash,uint64 epoch,uint64 anchorNumber,bytes32 anchorHash,uint64 deadlineSeconds)'
const ACTION_TYPE_HASH = keccakText(ACTION_TYPE)

/** Domain of everything that guardians sign for a breaker. */
const breakerSeparator = ({ chainId, breaker }: { chainId: bigint; breaker: Address }): Hex =>
  domainSeparator({ name: 'Breakwater CircuitBreaker', version: '1', chainId, verifyingContract: breaker })

/** The digest that guardians sign and `CircuitBreaker.execute` checks. Domain: the breaker. */
export function actionDigest(action: Action): Hex {
  return typedDigest(
    breakerSeparator(action),
    keccak(
      concatHex([
        ACTION_TYPE_HASH,
        toWord(action.chainId),
        word(action.breaker),
        word(action.target),
        toWord(BigInt(action.level)),
        keccak(action.data),
        toWord(BigInt(action.durationSeconds)),
        action.incidentId,
        action.specHash,
        toWord(action.epoch),
        toWord(action.anchorNumber),
        action.anchorHash,
        toWord(action.deadlineSeconds),
      ]),
    ),
  )
}

/** What guardians sign to show that they see the chain. */
export interface Heartbeat {
  chainId: bigint
  breaker: Address
  epoch: bigint
  /** The newest block that they judged. */
  anchorNumber: bigint
  anchorHash: Hex
  /** Timestamp of that block. */
  anchorSeconds: bigint
}

const HEARTBEAT_TYPE_HASH = keccakText(
  'Heartbeat(uint64 epoch,uint64 anchorNumber,bytes32 anchorHash,uint64 anchorSeconds)',
)

/** The digest that guardians sign and `CircuitBreaker.beat` checks. Domain: the breaker. */
export function heartbeatDigest(heartbeat: Heartbeat): Hex {
  const { epoch, anchorNumber, anchorHash, anchorSeconds } = heartbeat
  const words = [toWord(epoch), toWord(anchorNumber), anchorHash, toWord(anchorSeconds)]
  return typedDigest(breakerSeparator(heartbeat), keccak(concatHex([HEARTBEAT_TYPE_HASH, ...words])))
}

export interface IncidentOf {
  chainId: bigint
  breaker: Address
  specHash: Hex
  /** The response rule's id in the specification. */
  rule: string
  target: Address
  anchorHash: Hex
}

/** keccak256 of the six words; the rule's id by its keccak256. */
export function incidentId(incident: IncidentOf): Hex {
  return keccak(
    concatHex([
      toWord(incident.chainId),
      word(incident.breaker),
      incident.specHash,
      keccakText(incident.rule),
      word(incident.target),
      incident.anchorHash,
    ]),
  )
}
