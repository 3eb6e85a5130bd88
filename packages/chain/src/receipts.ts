import { type Address, BaseError, type Hex, type Log, type TxFacts } from '@breakwater/kernel'
import type { Header, Proof } from './header.ts'
import {
  type Fields,
  invalidField,
  parseData,
  parseFields,
  parseList,
  parseQuantity,
  parseQuantityHex,
} from './parse.ts'
import { encodeRlp, rlpNumber } from './rlp.ts'
import { orderedTrieRoot } from './trie.ts'

/**
 * Facts of the transactions that made a log at a watched address, out of an `eth_getBlockReceipts` answer. Position,
 * status and logs are proven by the header's `receiptsRoot`; the hashes are those of `header.txHashes`.
 * @throws CHAIN_ANSWER_INVALID, CHAIN_RECEIPTS_MISMATCH when they are not this block's receipts,
 * CHAIN_RECEIPTS_UNSUPPORTED for a type of transaction unknown here (`recomputed` only).
 */
export function readReceipts(
  answer: unknown,
  header: Header,
  watched: ReadonlySet<Address>,
  proof: Proof,
): readonly TxFacts[] {
  const receipts = parseList(answer, 'receipts').map(parseReceipt)
  checkTransactions(receipts, header)
  if (proof === 'recomputed') {
    const root = orderedTrieRoot(receipts.map(encodeReceipt))
    if (root !== header.receiptsRoot) {
      throw mismatch(header, `receipts root is ${header.receiptsRoot}, but the receipts give ${root}`)
    }
  }
  return receipts.flatMap(({ hash, status, logs }, index) => {
    const kept = logs.filter(({ address }) => watched.has(address))
    return kept.length === 0 ? [] : [{ hash, index, status, logs: kept }]
  })
}

/** `receiptsRoot` of an `eth_getBlockReceipts` answer (EIP-2718: type byte and payload, in a trie by index). */
export function receiptsRoot(answer: unknown): Hex {
  return orderedTrieRoot(parseList(answer, 'receipts').map(parseReceipt).map(encodeReceipt))
}

interface Receipt {
  hash: Hex
  /** EIP-2718 transaction type. */
  type: number
  status: TxFacts['status']
  cumulativeGasUsed: Hex
  logsBloom: Hex
  logs: readonly Log[]
}

function parseReceipt(value: unknown, index: number): Receipt {
  try {
    const fields = parseFields(value, 'receipt')
    return {
      hash: parseData(fields.transactionHash, 'transactionHash', 32),
      type: fields.type === undefined ? 0 : Number(parseQuantity(fields.type, 'type')),
      status: parseStatus(fields.status),
      cumulativeGasUsed: parseQuantityHex(fields.cumulativeGasUsed, 'cumulativeGasUsed'),
      logsBloom: parseData(fields.logsBloom, 'logsBloom', 256),
      logs: parseList(fields.logs, 'logs').map((log) => parseLog(parseFields(log, 'log'))),
    }
  } catch (cause) {
    if (!(cause instanceof BaseError)) throw cause
    const { code, shortMessage, meta, hint = '' } = cause
    throw new BaseError(code, `receipt ${index}: ${shortMessage}`, { meta, hint, retry: 'later', cause })
  }
}

function parseStatus(value: unknown): TxFacts['status'] {
  if (value === '0x1') return 'ok'
  if (value === '0x0') return 'reverted'
  throw invalidField('status', value, '0x0 or 0x1 (receipts before EIP-658 have none and are not supported)')
}

function parseLog(fields: Fields): Log {
  const topics = parseList(fields.topics, 'log topics')
  if (topics.length > 4) throw invalidField('log topics', topics.length, 'at most 4')
  return {
    address: parseData(fields.address, 'log address', 20),
    topics: topics.map((topic) => parseData(topic, 'log topic', 32)),
    data: parseData(fields.data, 'log data'),
  }
}

/** Set-code transactions (EIP-7702) are the newest type whose receipt is known. */
const NEWEST_TYPE = 4

function encodeReceipt(receipt: Receipt, index: number): Hex {
  if (receipt.type > NEWEST_TYPE) {
    throw new BaseError(
      'CHAIN_RECEIPTS_UNSUPPORTED',
      `receipt ${index} has the type ${receipt.type}, its encoding is unknown here`,
      { hint: 'for a chain with transaction types of its own set proof to "trusted": labelled unverified' },
    )
  }
  const payload = encodeRlp([
    receipt.status === 'ok' ? '0x01' : '0x',
    rlpNumber(receipt.cumulativeGasUsed),
    receipt.logsBloom,
    receipt.logs.map(({ address, topics, data }) => [address, topics, data]),
  ])
  return receipt.type === 0 ? payload : `0x0${receipt.type}${payload.slice(2)}`
}

function checkTransactions(receipts: readonly Receipt[], header: Header): void {
  const hashes = header.txHashes ?? []
  if (receipts.length !== hashes.length) {
    throw mismatch(header, `has ${hashes.length} transactions, but ${receipts.length} receipts`)
  }
  const odd = receipts.findIndex(({ hash }, index) => hash !== hashes[index])
  if (odd >= 0) throw mismatch(header, `has another transaction at ${odd} than receipt ${odd}`)
}

function mismatch(header: Header, reason: string): BaseError {
  const { number, hash } = header.ref
  return new BaseError('CHAIN_RECEIPTS_MISMATCH', `block ${number} (${hash}): ${reason}`, {
    meta: { number, hash },
    hint: 'the provider changed the receipts, or mixed those of two blocks',
    retry: 'later',
  })
}
