import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import {
  type Action,
  assert,
  type Certificate,
  type Clock,
  concatHex,
  type Hex,
  messageOf,
} from '@breakwater/kernel'
import { encodeFunctionData } from 'viem'
import { createBidder } from './bidder.ts'
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
  /** How long it waits for a block before it looks again. */
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
  /** What keeps an action from being sent; told again only when it is something else. */
  problem(incidentId: Hex, error: unknown): void
  /** The deadline passed, and nobody brought it in. */
  gaveUp(incidentId: Hex): void
}

/** An execution takes about 120,000 gas with four guardians, and each further signature 3,500. */
const BASE_GAS = 400_000n
const GAS_PER_SIGNATURE = 8_000n

interface Job {
  action: Action
  call: Call
  settled: AbortController
  problem: string | null
  /** Something has happened since the last look. */
  isDue: boolean
  wake(): void
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
  const bidder = createBidder(sender)
  const jobs = new Map<Hex, Job>()
  const running = new Set<Promise<void>>()

  const bidOnce = async ({ action: { incidentId }, call, settled: { signal } }: Job) => {
    const sent = await bidder.bid(incidentId, call, signal)
    if (sent !== null) listener.sent(incidentId, sent.txHash, sent.bid)
  }
  const work = async (job: Job) => {
    const { incidentId } = job.action
    const { signal } = job.settled
    await clock.sleep(rankOf(incidentId, options) * options.staggerMs, signal)
    while (!signal.aborted) {
      job.isDue = false
      const problem = await bidOnce(job).then(
        () => null,
        (error: unknown) => ({ error, text: messageOf(error) }),
      )
      if (problem !== null && problem.text !== job.problem && !signal.aborted) {
        listener.problem(incidentId, problem.error)
      }
      job.problem = problem?.text ?? null
      if (!job.isDue) await pause(job, options.rebidMs, clock)
    }
  }
  const wake = (job: Job) => {
    job.isDue = true
    job.wake()
  }
  const end = (incidentId: Hex) => {
    const job = jobs.get(incidentId)
    if (job === undefined) return
    jobs.delete(incidentId)
    bidder.drop(incidentId)
    job.settled.abort()
    wake(job)
  }
  return {
    carry(action, certificate) {
      if (jobs.has(action.incidentId)) return
      const job = createJob(action, certificate)
      jobs.set(action.incidentId, job)
      const done = work(job).finally(() => running.delete(done))
      running.add(done)
    },
    settle: end,
    onBlock(timestampSeconds) {
      for (const [incidentId, job] of jobs) {
        if (timestampSeconds <= job.action.deadlineSeconds) {
          wake(job)
        } else {
          end(incidentId)
          listener.gaveUp(incidentId)
        }
      }
    },
    async stop() {
      for (const incidentId of [...jobs.keys()]) end(incidentId)
      await Promise.all(running)
    },
  }
}

function createJob(action: Action, certificate: Certificate): Job {
  return {
    action,
    call: {
      to: action.breaker,
      data: executeCalldata(action, certificate),
      gas: BASE_GAS + GAS_PER_SIGNATURE * BigInt(certificate.signatures.length),
    },
    settled: new AbortController(),
    problem: null,
    isDue: false,
    wake: () => {},
  }
}

function pause(job: Job, delayMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(delayMs, resolve)
    job.wake = () => {
      cancel()
      resolve()
    }
  })
}

/** Every incident has another order of carriers. */
function rankOf(incidentId: Hex, { guardians, self }: CarrierOptions): number {
  assert(self < guardians, `carrier ${self} of ${guardians}`)
  const first = Number(BigInt(incidentId) % BigInt(guardians))
  return (self - first + guardians) % guardians
}
