import { valueReaderAbi, valueReaderBytecode } from '@breakwater/contracts/ValueReader'
import {
  BaseError,
  type CallRead,
  type Hex,
  type Known,
  known,
  type UnknownReason,
  unknown,
} from '@breakwater/kernel'
import { encodeDeployData } from 'viem'
import { invalidField, parseData } from './parse.ts'

/** `eth_call` without recipient at the block in question. */
export type CallAt = (data: Hex) => Promise<unknown>

/** Reads that go into one call: its data (creation code and arguments) is made once and used at every block. */
interface Batch {
  reads: readonly CallRead[]
  data: Hex
}
export type ReadBatches = readonly Batch[]

/** The answer has to stay below the code size limit of 24,576 bytes (EIP-170). */
const READS_PER_CALL = 100
/** Creation code is limited to 49,152 bytes (EIP-3860), the reader's own included. */
const INPUT_BYTES_PER_CALL = 40_000
/** A read's words apart from its calldata: offset, target, offset, flag, length, padding. */
const INPUT_BYTES_PER_READ = 6 * 32

/** Prepares the reads of a plan for `readValues`. */
export function batchReads(reads: readonly CallRead[]): ReadBatches {
  const batches: CallRead[][] = []
  let [batch, bytes]: [CallRead[], number] = [[], 0]
  for (const read of reads) {
    const size = INPUT_BYTES_PER_READ + (read.data === 'balance' ? 0 : read.data.length / 2)
    if (batch.length === 0 || batch.length === READS_PER_CALL || bytes + size > INPUT_BYTES_PER_CALL) {
      batch = []
      bytes = 0
      batches.push(batch)
    }
    batch.push(read)
    bytes += size
  }
  return batches.map(toBatch)
}

function toBatch(reads: readonly CallRead[]): Batch {
  const args = reads.map(({ to, data }) => ({
    target: to,
    data: data === 'balance' ? ('0x' as const) : data,
    balance: data === 'balance',
  }))
  return {
    reads,
    data: encodeDeployData({ abi: valueReaderAbi, bytecode: valueReaderBytecode, args: [args] }),
  }
}

/**
 * Reads all values at one block's state, by their ids. A read is `reverted` when the contract refused, and
 * `unsupported` when it answered with too few words, as an account without code does. All are `pruned` when the
 * node no longer has the state, and `orphaned` when it does not know the block.
 * @throws what `callAt` throws otherwise: then nothing is known about the block, which is no value.
 */
export async function readValues(
  batches: ReadBatches,
  callAt: CallAt,
): Promise<ReadonlyMap<string, Known<bigint>>> {
  const parts = await Promise.all(batches.map((batch) => readBatch(batch, callAt)))
  return new Map(parts.flat())
}

type Values = readonly (readonly [string, Known<bigint>])[]

async function readBatch(batch: Batch, callAt: CallAt): Promise<Values> {
  const { reads } = batch
  try {
    const results = decodeResults(parseData(await callAt(batch.data), 'eth_call result'), reads.length)
    return reads.map((read, i) => [read.id, wordOf(results[i] as Result, read)])
  } catch (error) {
    const reason = reasonOf(error)
    if (reason !== null) return reads.map(({ id }) => [id, unknown(reason)])
    if (reads.length === 1 || !isExecutionFailure(error)) throw error
    // Too much for the node in one call, for instance because contracts burn the gas that they are given.
    const half = Math.ceil(reads.length / 2)
    const halves = [reads.slice(0, half), reads.slice(half)].map(toBatch)
    return (await Promise.all(halves.map((part) => readBatch(part, callAt)))).flat()
  }
}

interface Result {
  ok: boolean
  /** Hexadecimal digits. */
  data: string
}

function wordOf({ ok, data }: Result, { word, type }: CallRead): Known<bigint> {
  if (!ok) return unknown('reverted')
  const digits = data.slice(64 * word, 64 * (word + 1))
  if (digits.length !== 64) return unknown('unsupported')
  const value = BigInt(`0x${digits}`)
  return known(type === 'int' ? BigInt.asIntN(256, value) : value)
}

/** `abi.encode(Result[])`, `struct Result { bool ok; bytes data }`: exactly `count` of them. */
function decodeResults(answer: Hex, count: number): readonly Result[] {
  const bytes = (answer.length - 2) / 2
  const fail = () => invalidField('eth_call result', answer, `the results of ${count} reads`)
  const digits = (from: number, length: number): string => {
    if (from + length > bytes) throw fail()
    return answer.slice(2 + 2 * from, 2 + 2 * (from + length))
  }
  const numberAt = (from: number): number => {
    const value = BigInt(`0x${digits(from, 32)}`)
    if (value > bytes) throw fail()
    return Number(value)
  }
  const list = numberAt(0)
  if (numberAt(list) !== count) throw fail()
  return Array.from({ length: count }, (_, i) => {
    const result = list + 32 + numberAt(list + 32 + 32 * i)
    const [ok, data] = [numberAt(result), result + numberAt(result + 32)]
    if (ok > 1) throw fail()
    return { ok: ok === 1, data: digits(data + 32, numberAt(data)) }
  })
}

// There is no code for any of this that nodes agree on; these are the words of geth, erigon, nethermind, reth, besu
// and anvil. What matches none of them stays an error.
const PRUNED =
  /missing trie node|prun|BlockOutOfRange|(?:historical|world|archive|no) state|state (?:is )?(?:un|not )available/i
const UNKNOWN_BLOCK = /(?:block|header|resource)[^,;]* not (?:be )?found|unknown block/i
const EXECUTION_FAILURE = /revert|out ?of ?gas|code ?size|contractsize|vm execution/i

const nodeMessage = (error: unknown): string =>
  error instanceof BaseError && error.code === 'CHAIN_RPC_ERROR' ? String(error.meta.nodeMessage) : ''

function reasonOf(error: unknown): Extract<UnknownReason, 'pruned' | 'orphaned'> | null {
  const message = nodeMessage(error)
  if (PRUNED.test(message)) return 'pruned'
  return UNKNOWN_BLOCK.test(message) ? 'orphaned' : null
}

function isExecutionFailure(error: unknown): boolean {
  return EXECUTION_FAILURE.test(nodeMessage(error))
}
