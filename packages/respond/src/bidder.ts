import { BaseError, type Hex } from '@breakwater/kernel'
import type { Bid, Call, Fees, Sender } from './sender.ts'

const GWEI = 1_000_000_000n
const FIRST_TIP_WEI = 2n * GWEI
/** At 120,000 gas a quarter of an ether: neither a long wait nor a lying provider empties the purse. */
const HIGHEST_TIP_WEI = 2_000n * GWEI
/** Refusals that say that somebody else was there first. */
const DONE = new Set(['IncidentAlreadyHandled', 'HeartbeatStale'])
/** Nodes take a replacement only if it pays at least a tenth more. */
const RAISE = { by: 13n, over: 10n }

/** What waits in the mempool for an errand. */
interface Open {
  nonce: number
  bid: Bid
  /** The newest block when it was sent. */
  blockNumber: bigint
}

/** Sends transactions, one for each errand, and replaces those that blocks pass over by dearer ones. */
export interface Bidder {
  /**
   * Looks at the chain, and bids if that is due. `null`: what was done before stands, or somebody else's transaction.
   * @throws RESPOND_REFUSED, and the errors of the providers
   */
  bid(id: Hex, call: Call, signal: AbortSignal): Promise<{ txHash: Hex; bid: Bid } | null>
  /** The errand's transaction is not replaced any more. */
  drop(id: Hex): void
}

export function createBidder(sender: Sender): Bidder {
  const open = new Map<Hex, Open>()
  let sending: Promise<unknown> = Promise.resolve()

  /** A provider may not have heard yet of what was sent to another one. */
  const freeNonce = (next: number): number => {
    const taken = new Set([...open.values()].map(({ nonce }) => nonce))
    while (taken.has(next)) next++
    return next
  }
  /** Nonces are taken one at a time. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = sending.then(task)
    sending = result.catch(() => {})
    return result
  }
  const look = async (id: Hex, call: Call) => {
    const before = open.get(id)
    const [nonces, fees, refusal] = await Promise.all([
      sender.nonces(),
      sender.fees(),
      before === undefined ? sender.refusal(call) : null,
    ])
    if (before === undefined || before.nonce >= nonces.mined) return { before, nonces, fees, refusal }
    // It was mined and settled nothing, or another transaction came in its place: begin anew.
    open.delete(id)
    return { before: undefined, nonces, fees, refusal: await sender.refusal(call) }
  }
  return {
    async bid(id, call, signal) {
      const { before, nonces, fees, refusal } = await look(id, call)
      if (refusal !== null && DONE.has(refusal)) return null
      if (refusal !== null) throw refused(id, refusal)
      if (before !== undefined && fees.blockNumber <= before.blockNumber) return null
      const bid = raise(before?.bid ?? null, fees)
      if (bid === null) return null
      return inTurn(async () => {
        if (signal.aborted) return null
        const nonce = before?.nonce ?? freeNonce(nonces.next)
        const txHash = await sender.send(call, nonce, bid)
        if (!signal.aborted) open.set(id, { nonce, bid, blockNumber: fees.blockNumber })
        return { txHash, bid }
      })
    },
    drop: (id) => void open.delete(id),
  }
}

function refused(id: Hex, name: string): BaseError {
  return new BaseError('RESPOND_REFUSED', `the breaker refuses ${id}: ${name}`, {
    meta: { id, name },
    hint: 'docs/operating explains each refusal; it is tried again with every block until its deadline',
    retry: 'later',
  })
}

/** The next bid; `null` when the one before stays, because it is as high as it may be. */
function raise(before: Bid | null, { baseFee, tip }: Fees): Bid | null {
  const maxPriorityFeePerGas = before === null ? firstTip(tip) : raised(before.maxPriorityFeePerGas)
  if (maxPriorityFeePerGas > HIGHEST_TIP_WEI) return null
  const wanted = 2n * baseFee + maxPriorityFeePerGas
  const replacing = before === null ? 0n : raised(before.maxFeePerGas)
  return { maxPriorityFeePerGas, maxFeePerGas: wanted > replacing ? wanted : replacing }
}

const raised = (wei: bigint): bigint => (wei * RAISE.by) / RAISE.over

function firstTip(suggested: bigint): bigint {
  if (suggested < FIRST_TIP_WEI) return FIRST_TIP_WEI
  return suggested > HIGHEST_TIP_WEI ? HIGHEST_TIP_WEI : suggested
}
