import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import {
  type Action,
  assert,
  BaseError,
  type Certificate,
  type Clock,
  concatHex,
  type Hex,
} from '@breakwater/kernel'
import { encodeFunctionData } from 'viem'
import type { Bid, Call, Sender } from './sender.ts'

/** Calldata that anybody may send to the breaker. */
export function executeCalldata(action: Action, { bitmap, signatures }: Certificate): Hex {
  const certificate = { bitmap, signatures: concatHex(signatures) }
  return encodeFunctionData({ abi: circuitBreakerAbi, functionName: 'execute', args: [action, certificate] })
}

export interface CarrierOptions {
  /** Among how many carriers, and which one this is. */
  guardians: number
  self: number
  /** How long each carrier waits for the ones before it. */
  staggerMs: number
  /** How long a bid stands before it is raised, if no block comes. */
  rebidMs: number
}

export interface Carrier {
  /** Brings a certified action to the chain, and keeps bidding until `settle` or its deadline. */
  carry(action: Action, certificate: Certificate): void
  /** The incident was handled on-chain, by whomever, or is void. */
  settle(incidentId: Hex): void
  /** A new block: bids that were not included are raised. */
  onBlock(timestampSeconds: bigint): void
  stop(): Promise<void>
}

export interface CarrierListener {
  sent(incidentId: Hex, txHash: Hex, bid: Bid): void
  problem(incidentId: Hex, error: unknown): void
  /** The deadline passed, and nobody brought it in. */
  gaveUp(incidentId: Hex): void
}

/** An execution takes about 120,000 gas with four guardians, and each further signature 3,500. */
const BASE_GAS = 400_000n
const GAS_PER_SIGNATURE = 8_000n
const FIRST_TIP_WEI = 2_000_000_000n
/** Nodes take a replacement only if it pays at least a tenth more. */
const RAISE = { by: 13n, over: 10n }

/** What this carrier has in the mempool for an incident. */
interface Open {
  nonce: number | null
  bid: Bid | null
}

interface Job {
  action: Action
  call: Call
  settled: AbortController
  raised: () => void
}

/**
 * Anybody may carry an action, so all guardians do, one after the other: the first one at once, each other one only
 * if those before it have not been heard of. A bid that is not included is replaced by a higher one, block by block.
 */
export function createCarrier(
  options: CarrierOptions,
  sender: Sender,
  clock: Clock,
  listener: CarrierListener,
): Carrier {
  const jobs = new Map<Hex, Job>()
  const running = new Set<Promise<void>>()
  let sending: Promise<unknown> = Promise.resolve()

  /** Nonces are taken one at a time. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = sending.then(task)
    sending = result.catch(() => {})
    return result
  }
  const bidding = async (job: Job) => {
    const { incidentId } = job.action
    const { signal } = job.settled
    await clock.sleep(rankOf(incidentId, options) * options.staggerMs, signal)
    const open: Open = { nonce: null, bid: null }
    for (; !signal.aborted; await next(job)) {
      try {
        await bidOnce(job, open)
      } catch (error) {
        if (signal.aborted) break
        listener.problem(incidentId, error)
        // The nonce may have been used by then: the next bid asks for a new one.
        open.nonce = null
      }
    }
  }
  const bidOnce = async (job: Job, open: Open) => {
    const { incidentId } = job.action
    const refusal = open.nonce === null ? await sender.refusal(job.call) : null
    // Somebody else's transaction waits or was mined: look again with the next block.
    if (refusal === 'IncidentAlreadyHandled') return
    if (refusal !== null) throw refused(incidentId, refusal)
    const bid = raise(open.bid, await sender.fees())
    const hash = await inTurn(async () => {
      if (job.settled.signal.aborted) return null
      open.nonce ??= await sender.nextNonce()
      return sender.send(job.call, open.nonce, bid)
    })
    if (hash === null) return
    open.bid = bid
    listener.sent(incidentId, hash, bid)
  }
  const next = (job: Job) => {
    const { signal } = job.settled
    const block = new Promise<void>((resolve) => {
      job.raised = resolve
    })
    return Promise.race([block, clock.sleep(options.rebidMs, signal)])
  }
  return {
    carry(action, certificate) {
      if (jobs.has(action.incidentId)) return
      const data = executeCalldata(action, certificate)
      const gas = BASE_GAS + GAS_PER_SIGNATURE * BigInt(certificate.signatures.length)
      const job: Job = {
        action,
        call: { to: action.breaker, data, gas },
        settled: new AbortController(),
        raised: () => {},
      }
      jobs.set(action.incidentId, job)
      const done = bidding(job).finally(() => running.delete(done))
      running.add(done)
    },
    settle(incidentId) {
      jobs.get(incidentId)?.settled.abort()
      jobs.delete(incidentId)
    },
    onBlock(timestampSeconds) {
      for (const [incidentId, job] of jobs) {
        if (timestampSeconds <= job.action.deadlineSeconds) {
          job.raised()
          continue
        }
        job.settled.abort()
        jobs.delete(incidentId)
        listener.gaveUp(incidentId)
      }
    },
    async stop() {
      for (const job of jobs.values()) job.settled.abort()
      jobs.clear()
      await Promise.all(running)
    },
  }
}

function refused(incidentId: Hex, name: string): BaseError {
  return new BaseError(
    'RESPOND_REFUSED',
    `the breaker refuses the action of incident ${incidentId}: ${name}`,
    {
      meta: { incidentId, name },
      hint: 'docs/operating explains each refusal; the action is tried again with every block until its deadline',
      retry: 'later',
    },
  )
}

/** Every incident has another order of carriers. */
function rankOf(incidentId: Hex, { guardians, self }: CarrierOptions): number {
  assert(self < guardians, `carrier ${self} of ${guardians}`)
  const first = Number(BigInt(incidentId) % BigInt(guardians))
  return (self - first + guardians) % guardians
}

function raise(before: Bid | null, { baseFee, tip }: { baseFee: bigint; tip: bigint }): Bid {
  const raised = (wei: bigint) => (wei * RAISE.by) / RAISE.over
  const least = tip > FIRST_TIP_WEI ? tip : FIRST_TIP_WEI
  const maxPriorityFeePerGas = before === null ? least : raised(before.maxPriorityFeePerGas)
  const wanted = 2n * baseFee + maxPriorityFeePerGas
  const replacing = before === null ? 0n : raised(before.maxFeePerGas)
  return { maxPriorityFeePerGas, maxFeePerGas: wanted > replacing ? wanted : replacing }
}
