import {
  type Action,
  BaseError,
  type BlockRef,
  type Certificate,
  type Facts,
  type Hex,
  type Log,
  shorten,
  toJson,
} from '@breakwater/kernel'
import { EXECUTED } from '@breakwater/respond'
import type { Incident, IncidentStatus } from '../events.ts'

/** An incident with all that its status follows from. */
export interface Entry {
  incident: Incident
  /** The block whose transaction executed it. */
  executedIn: Hex | null
  /** Its block has left the chain. */
  isOrphaned: boolean
  /** The last chain time at which it can be executed, in seconds; `null` when only its execution was seen. */
  deadlineSeconds: bigint | null
  /** What the log ordered. It comes again with every restart, and is not stored. */
  order: { action: Action; digest: Hex } | null
  certificate: Certificate | null
}

/** The status at a time of the chain, in seconds. */
export function statusOf(entry: Entry, nowSeconds: bigint): IncidentStatus {
  const { incident, executedIn, isOrphaned, deadlineSeconds } = entry
  if (executedIn !== null) return 'executed'
  if (isOrphaned || deadlineSeconds === null || nowSeconds > deadlineSeconds) return 'void'
  return incident.signers > 0 ? 'certified' : 'agreed'
}

/** An execution that a block's logs show. */
export interface Execution {
  id: Hex
  target: Hex
  level: Incident['level']
  untilSeconds: bigint
  txHash: Hex
}

/** `Executed` events of the breaker. What it emits is two topics beside the event's own, and three words. */
export function executionsIn({ txs }: Facts, breaker: Hex): readonly Execution[] {
  return txs.flatMap(({ hash, logs }) =>
    logs.flatMap((log) => {
      const execution = log.address === breaker ? readExecution(log) : null
      return execution === null ? [] : { ...execution, txHash: hash }
    }),
  )
}

function readExecution({ topics, data }: Log): Omit<Execution, 'txHash'> | null {
  const [topic0, id, target] = topics
  if (topic0 !== EXECUTED || id === undefined || target === undefined || data.length !== 2 + 3 * 64)
    return null
  const word = (index: number) => BigInt(`0x${data.slice(2 + 64 * index, 66 + 64 * index)}`)
  return {
    id,
    target: `0x${target.slice(26)}`,
    level: Number(word(0)) as Incident['level'],
    untilSeconds: word(1),
  }
}

/** The execution of an incident that this guardian knows nothing else of: its block stands for the incident's. */
export function foreignEntry(execution: Execution, block: BlockRef, openedAtMs: number): Entry {
  const { number: anchorNumber, hash: anchorHash } = block
  return {
    incident: {
      ...{ ...execution, rule: 'unknown', status: 'executed', anchorNumber, anchorHash },
      ...{ findings: [], signers: 0, openedAtMs },
    },
    ...{ executedIn: anchorHash, isOrphaned: false, deadlineSeconds: null },
    ...{ order: null, certificate: null },
  }
}

export function encodeEntry({ incident, executedIn, isOrphaned, deadlineSeconds }: Entry): string {
  return toJson({ incident, executedIn, isOrphaned, deadlineSeconds })
}

/** What `encodeEntry` wrote. @throws NODE_STORE_DAMAGED for anything else */
export function decodeEntry(text: string): Entry {
  try {
    const { incident, deadlineSeconds, ...rest } = JSON.parse(text)
    return {
      ...rest,
      incident: {
        ...incident,
        anchorNumber: BigInt(incident.anchorNumber),
        untilSeconds: BigInt(incident.untilSeconds),
      },
      deadlineSeconds: deadlineSeconds === null ? null : BigInt(deadlineSeconds),
      ...{ order: null, certificate: null },
    }
  } catch (cause) {
    throw new BaseError(
      'NODE_STORE_DAMAGED',
      `the store has an incident that cannot be read: ${shorten(text, 60)}`,
      {
        hint: 'delete the store: it is rebuilt from the chain; keep the write-ahead logs',
        cause,
      },
    )
  }
}
