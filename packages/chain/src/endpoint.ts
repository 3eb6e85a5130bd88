import { BaseError, type Hex, type Known, type TxFacts } from '@breakwater/kernel'
import { type Header, type Proof, parseHeader } from './header.ts'
import { invalidField, parseQuantity } from './parse.ts'
import { blockText, type ReadPlan } from './plan.ts'
import { readReceipts } from './receipts.ts'
import type { Rpc } from './rpc/rpc.ts'
import { readValues } from './values.ts'

/** One provider's account of one block: verified as far as the header proves it, the values on its word. */
export interface View {
  header: Header & { txHashes: readonly Hex[] }
  /** `null`: it has the header, but not what belongs to it: not yet, or no longer. */
  content: { txs: readonly TxFacts[]; calls: ReadonlyMap<string, Known<bigint>> } | null
}

export type BlockTag = bigint | 'latest' | 'finalized'

/** One provider of one chain. Every read first makes sure, once per connection, that it is that chain. */
export interface Endpoint {
  readonly label: string
  /** `null`: the provider does not have it. */
  header(tag: BlockTag, signal?: AbortSignal): Promise<Header | null>
  /**
   * The canonical block at a height. An announced header makes it one round trip instead of two, if it is right.
   * `null`: the provider does not have it.
   */
  block(number: bigint, plan: ReadPlan, announced: Header | null, signal?: AbortSignal): Promise<View | null>
  /** Announcements of heads whose hash is right, where the transport has them; resolves to what ends them. */
  readonly announcements: ((listener: AnnouncementListener) => Promise<() => void>) | null
}

export interface AnnouncementListener {
  onHead(header: Header): void
  /** They ended by themselves. */
  onEnd(): void
}

/** @throws by its methods: the errors of `Rpc`, `parseHeader` and `readReceipts`, and CHAIN_WRONG_ID. */
export function createEndpoint(rpc: Rpc, chainId: bigint, proof: Proof): Endpoint {
  let checked: Promise<void> | null = null
  const guarded = async <T>(read: () => Promise<T>): Promise<T> => {
    checked ??= checkChainId(rpc, chainId)
    try {
      await checked
      return await read()
    } catch (error) {
      checked = null // behind the same address another node can answer after a failure
      throw attributed(error, rpc.label)
    }
  }
  const header = async (tag: BlockTag, signal?: AbortSignal): Promise<Header | null> => {
    const at = typeof tag === 'bigint' ? `0x${tag.toString(16)}` : tag
    const answer = await rpc.request('eth_getBlockByNumber', [at, false], signal)
    if (answer === null) return null
    const found = parseHeader(answer, proof)
    if (typeof tag === 'bigint' && found.ref.number !== tag) throw wrongHeight(rpc.label, tag, found)
    return found
  }
  return {
    label: rpc.label,
    announcements: announcementsOf(rpc, proof),
    header: (tag, signal) => guarded(() => header(tag, signal)),
    block: (number, plan, announced, signal) =>
      guarded(() => readView(rpc, header(number, signal), plan, announced, proof, signal)),
  }
}

function announcementsOf({ subscribeHeads }: Rpc, proof: Proof): Endpoint['announcements'] {
  if (subscribeHeads === undefined) return null
  const read = (raw: unknown): Header | null => {
    try {
      return parseHeader(raw, proof)
    } catch (error) {
      if (error instanceof BaseError) return null // a hint that cannot be used: what is asked for will show why
      throw error
    }
  }
  return ({ onHead, onEnd }) =>
    subscribeHeads({
      onHead(raw) {
        const header = read(raw)
        if (header !== null) onHead(header)
      },
      onEnd,
    })
}

async function readView(
  rpc: Rpc,
  pendingHeader: Promise<Header | null>,
  plan: ReadPlan,
  announced: Header | null,
  proof: Proof,
  signal: AbortSignal | undefined,
): Promise<View | null> {
  const early = announced === null ? null : readDetails(rpc, announced, plan, signal)
  early?.catch(() => {}) // not looked at when the announcement turns out wrong
  const header = await pendingHeader
  if (header === null) return null
  if (header.txHashes === null) throw invalidField('transactions', undefined, 'a list')
  const isAnnounced = announced?.ref.hash === header.ref.hash
  const details = await (early !== null && isAnnounced ? early : readDetails(rpc, header, plan, signal))
  const view: View = { header: { ...header, txHashes: header.txHashes }, content: null }
  if (details === null) return view
  const { receipts, calls } = details
  const txs = receipts === undefined ? [] : readReceipts(receipts, header, plan.watched, proof)
  return { ...view, content: { txs, calls } }
}

/** Receipts (`undefined` where the bloom excludes all that is watched) and values; `null`: the block is gone. */
async function readDetails(rpc: Rpc, header: Header, plan: ReadPlan, signal: AbortSignal | undefined) {
  const { hash } = header.ref
  const isWanted = plan.watched.size > 0 && (header.logsBloom === null || plan.mayConcern(header.logsBloom))
  const callAt = (data: Hex) => rpc.request('eth_call', [{ data }, { blockHash: hash }], signal)
  const [receipts, calls] = await Promise.all([
    isWanted ? rpc.request('eth_getBlockReceipts', [hash], signal) : undefined,
    readValues(plan.batches, callAt),
  ])
  const isGone =
    receipts === null || [...calls.values()].some((call) => !call.ok && call.reason === 'orphaned')
  return isGone ? null : { receipts, calls }
}

/** The same error, with the provider's name. */
function attributed(error: unknown, label: string): unknown {
  if (!(error instanceof BaseError) || error.meta.provider !== undefined) return error
  const { code, shortMessage, meta, hint, retry } = error
  return new BaseError(code, `${label}: ${shortMessage}`, {
    meta: { ...meta, provider: label },
    ...(hint === undefined ? {} : { hint }),
    retry,
    cause: error,
  })
}

async function checkChainId(rpc: Rpc, chainId: bigint): Promise<void> {
  const theirs = parseQuantity(await rpc.request('eth_chainId', []), 'eth_chainId result')
  if (theirs === chainId) return
  throw new BaseError('CHAIN_WRONG_ID', `${rpc.label} is on chain ${theirs}, not on ${chainId}`, {
    meta: { provider: rpc.label, theirs, chainId },
    hint: 'correct the RPC URL, or the chainId in the specification',
  })
}

function wrongHeight(label: string, number: bigint, { ref }: Header): BaseError {
  return new BaseError(
    'CHAIN_HEADER_MISMATCH',
    `${label} gave block ${blockText(ref)} for number ${number}`,
    {
      meta: { provider: label, number },
      hint: 'the provider is faulty',
      retry: 'later',
    },
  )
}
