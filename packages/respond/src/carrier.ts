import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import {
  type Action,
  assert,
  type Certificate,
  type Clock,
  concatHex,
  type Heartbeat,
  type Hex,
  messageOf,
} from '@breakwater/kernel'
import { encodeFunctionData } from 'viem'
import { createBidder } from './bidder.ts'
import type { Bid, Call, Sender } from './sender.ts'

/** What anybody may bring to the chain until its deadline: all authority is in it. */
export interface Errand {
  /** An action's incident; a heartbeat's digest. */
  id: Hex
  call: Call
  /** Block time. */
  deadlineSeconds: bigint
}

export function actionErrand(action: Action, certificate: Certificate): Errand {
  const { breaker, incidentId: id, deadlineSeconds } = action
  const args = [action, certified(certificate)] as const
  const data = encodeFunctionData({ abi: circuitBreakerAbi, functionName: 'execute', args })
  return { id, call: { to: breaker, data, gas: gasFor(certificate) }, deadlineSeconds }
}

/** @param deadlineSeconds after which a newer one is due */
export function heartbeatErrand(
  heartbeat: Heartbeat,
  certificate: Certificate,
  deadlineSeconds: bigint,
): Errand {
  const args = [heartbeat, certified(certificate)] as const
  const data = encodeFunctionData({ abi: circuitBreakerAbi, functionName: 'beat', args })
  return {
    id: certificate.digest,
    call: { to: heartbeat.breaker, data, gas: gasFor(certificate) },
    deadlineSeconds,
  }
}

const certified = ({ bitmap, signatures }: Certificate) => ({ bitmap, signatures: concatHex(signatures) })

/** An execution takes about 120,000 gas with four guardians, and each further signature 3,500. */
const BASE_GAS = 400_000n
const GAS_PER_SIGNATURE = 8_000n
const gasFor = ({ signatures }: Certificate) => BASE_GAS + GAS_PER_SIGNATURE * BigInt(signatures.length)

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
  /** Brings something to the chain, and keeps bidding until `settle` or its deadline. */
  carry(errand: Errand): void
  /** It was done on-chain, by whomever, or is void. */
  settle(id: Hex): void
  /** A new block: bids that were not included are raised. */
  onBlock(timestampSeconds: bigint): void
  stop(): Promise<void>
}

export interface CarrierListener {
  sent(id: Hex, txHash: Hex, bid: Bid): void
  /** What keeps it from being sent; told again only when it is something else. */
  problem(id: Hex, error: unknown): void
  /** The deadline passed, and nobody brought it in. */
  gaveUp(id: Hex): void
}

interface Job extends Errand {
  settled: AbortController
  problem: string | null
  /** Something has happened since the last look. */
  isDue: boolean
  wake(): void
}

/**
 * Anybody may carry an errand, so all guardians do, one after the other: the first one at once, each other one only
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

  const bidOnce = async ({ id, call, settled: { signal } }: Job) => {
    const sent = await bidder.bid(id, call, signal)
    if (sent !== null) listener.sent(id, sent.txHash, sent.bid)
  }
  const work = async (job: Job) => {
    const { id } = job
    const { signal } = job.settled
    await clock.sleep(rankOf(id, options) * options.staggerMs, signal)
    while (!signal.aborted) {
      job.isDue = false
      const problem = await bidOnce(job).then(
        () => null,
        (error: unknown) => ({ error, text: messageOf(error) }),
      )
      if (problem !== null && problem.text !== job.problem && !signal.aborted) {
        listener.problem(id, problem.error)
      }
      job.problem = problem?.text ?? null
      if (!job.isDue) await pause(job, options.rebidMs, clock)
    }
  }
  const wake = (job: Job) => {
    job.isDue = true
    job.wake()
  }
  const end = (id: Hex) => {
    const job = jobs.get(id)
    if (job === undefined) return
    jobs.delete(id)
    bidder.drop(id)
    job.settled.abort()
    wake(job)
  }
  return {
    carry(errand) {
      if (jobs.has(errand.id)) return
      const job = createJob(errand)
      jobs.set(errand.id, job)
      const done = work(job).finally(() => running.delete(done))
      running.add(done)
    },
    settle: end,
    onBlock(timestampSeconds) {
      for (const [id, job] of jobs) {
        if (timestampSeconds <= job.deadlineSeconds) {
          wake(job)
        } else {
          end(id)
          listener.gaveUp(id)
        }
      }
    },
    async stop() {
      for (const id of [...jobs.keys()]) end(id)
      await Promise.all(running)
    },
  }
}

function createJob(errand: Errand): Job {
  return { ...errand, settled: new AbortController(), problem: null, isDue: false, wake: () => {} }
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

/** Every errand has another order of carriers. */
function rankOf(id: Hex, { guardians, self }: CarrierOptions): number {
  assert(self < guardians, `carrier ${self} of ${guardians}`)
  const first = Number(BigInt(id) % BigInt(guardians))
  return (self - first + guardians) % guardians
}
