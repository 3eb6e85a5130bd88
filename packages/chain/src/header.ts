import { BaseError, type BlockRef, type Hex, keccak } from '@breakwater/kernel'
import { type Fields, parseData, parseFields, parseList, parseQuantity, parseQuantityHex } from './parse.ts'
import { encodeRlp, rlpNumber } from './rlp.ts'

/**
 * `recomputed`: a header counts only if its hash follows from its fields, receipts only if they give its root.
 * `trusted`: for chains that encode headers or receipts in a way of their own. Both are taken as the provider
 * says, providers are still compared with each other, and what comes of it is labelled `unverified`.
 */
export type Proof = 'recomputed' | 'trusted'

export interface Header {
  readonly ref: BlockRef
  readonly receiptsRoot: Hex
  /** `null` where the header is only trusted: some chains leave their blooms empty. */
  readonly logsBloom: Hex | null
  /**
   * Hashes of the block's transactions, in order; `null` in announcements, which bring none. They are the provider's
   * word: the header commits to the transactions, not to this list.
   */
  readonly txHashes: readonly Hex[] | null
}

type Kind = 'quantity' | number

/** Fields of every header, in the order of their RLP encoding; a number is a length in bytes. */
const FIELDS: readonly (readonly [string, Kind])[] = [
  ['parentHash', 32],
  ['sha3Uncles', 32],
  ['miner', 20],
  ['stateRoot', 32],
  ['transactionsRoot', 32],
  ['receiptsRoot', 32],
  ['logsBloom', 256],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', -1],
  ['mixHash', 32],
  ['nonce', 8],
]

/** Fields that forks added behind them: EIP-1559, EIP-4895, EIP-4844 (two), EIP-4788, EIP-7685. */
const LATER_FIELDS: readonly (readonly [string, Kind])[] = [
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', 32],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 32],
  ['requestsHash', 32],
]

/** What nodes add to a header that is not part of it. */
const BESIDE = new Set(['hash', 'size', 'totalDifficulty', 'transactions', 'uncles', 'withdrawals'])

/**
 * Reads a block or a header as `eth_getBlockBy…` or a `newHeads` announcement gives it.
 * @throws CHAIN_ANSWER_INVALID for a field of the wrong type or length, CHAIN_HEADER_MISMATCH when the hash is not
 * that of the fields, CHAIN_HEADER_UNSUPPORTED when it may be that of fields unknown here.
 */
export function parseHeader(answer: unknown, proof: Proof): Header {
  const fields = parseFields(answer, 'block')
  const hash = parseData(fields.hash, 'hash', 32)
  if (proof === 'recomputed') verifyHash(fields, hash)
  return {
    ref: {
      number: parseQuantity(fields.number, 'number'),
      hash,
      parentHash: parseData(fields.parentHash, 'parentHash', 32),
      timestampSeconds: parseQuantity(fields.timestamp, 'timestamp'),
    },
    receiptsRoot: parseData(fields.receiptsRoot, 'receiptsRoot', 32),
    logsBloom: proof === 'recomputed' ? parseData(fields.logsBloom, 'logsBloom', 256) : null,
    txHashes: fields.transactions === undefined ? null : parseTxHashes(fields.transactions),
  }
}

function parseTxHashes(transactions: unknown): readonly Hex[] {
  return parseList(transactions, 'transactions').map((hash, i) => parseData(hash, `transactions[${i}]`, 32))
}

/** keccak256 of the RLP of a header's fields: the block's hash, by any fork up to Prague (and Osaka, the same). */
export function headerHash(fields: Fields): Hex {
  const later = LATER_FIELDS.filter(([name]) => fields[name] !== undefined && fields[name] !== null)
  return keccak(encodeRlp([...FIELDS, ...later].map(([name, kind]) => encodeField(fields[name], name, kind))))
}

function encodeField(value: unknown, name: string, kind: Kind): Hex {
  if (kind === 'quantity') return rlpNumber(parseQuantityHex(value, name))
  return kind < 0 ? parseData(value, name) : parseData(value, name, kind)
}

function verifyHash(fields: Fields, hash: Hex): void {
  const recomputed = headerHash(fields)
  if (recomputed === hash) return
  const known = new Set([...FIELDS, ...LATER_FIELDS].map(([name]) => name))
  const strange = Object.keys(fields).filter((name) => !known.has(name) && !BESIDE.has(name))
  if (strange.length > 0) {
    throw new BaseError(
      'CHAIN_HEADER_UNSUPPORTED',
      `block ${hash} has header fields unknown here (${strange.slice(0, 8).join(', ')}), its hash cannot be recomputed`,
      {
        meta: { hash },
        hint: 'for a chain with a header of its own set proof to "trusted": labelled unverified',
      },
    )
  }
  throw new BaseError(
    'CHAIN_HEADER_MISMATCH',
    `block hash is ${hash}, but its header's fields give ${recomputed}`,
    {
      meta: { hash, recomputed },
      hint: 'the provider changed the header; if the chain has another header format, set proof to "trusted"',
      retry: 'later',
    },
  )
}
