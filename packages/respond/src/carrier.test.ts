import { BaseError, type Clock, concatHex, type Hex, keccakText, toWord } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { hashOf, PAUSE_PERPS, PAUSE_VAULT, specOf } from '../test/sample.ts'
import { actionErrand, type CarrierOptions, createCarrier } from './carrier.ts'
import { actionsOf } from './payload.ts'
import type { Bid, Sender } from './sender.ts'

const GWEI = 10n ** 9n
const SPEC = specOf(PAUSE_VAULT, PAUSE_PERPS)
const [VAULT_ACTION, PERPS_ACTION] = actionsOf(SPEC, 1n, {
  ...{ anchorNumber: 5n, anchorHash: hashOf(5n), anchorSeconds: 1_000n },
  responses: ['pause-vault', 'pause-perps'],
}) as [ReturnType<typeof actionsOf>[number], ReturnType<typeof actionsOf>[number]]
const CERTIFICATE = {
  digest: hashOf(9n),
  bitmap: 7n,
  signatures: [1, 2, 3].map((n) => concatHex([toWord(BigInt(n)), toWord(1n)])),
}

/** A clock that stands still until it is told how far to go. */
function createVirtualClock() {
  let nowMs = 0
  const timers = new Set<{ atMs: number; fire(): void }>()
  const clock: Clock = {
    nowMs: () => nowMs,
    schedule(delayMs, fire) {
      const timer = { atMs: nowMs + delayMs, fire }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    sleep(delayMs, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const cancel = clock.schedule(delayMs, resolve)
        signal?.addEventListener('abort', () => {
          cancel()
          resolve()
        })
      })
    },
  }
  /** Lets everything that is ready happen. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    clock,
    async pass(ms: number) {
      const end = nowMs + ms
      for (;;) {
        await settle()
        const [next] = [...timers].filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)
        if (next === undefined) break
        timers.delete(next)
        nowMs = next.atMs
        next.fire()
      }
      nowMs = end
    },
    timers,
  }
}

type Sent = Bid & { nonce: number; data: Hex; atMs: number }

/** A chain that takes what it is told to take, with one carrier on it. */
function stage(options: Partial<CarrierOptions> = {}) {
  const { clock, pass, timers } = createVirtualClock()
  const chain = {
    mined: 7,
    next: 7,
    blockNumber: 5n,
    baseFee: 10n * GWEI,
    tip: GWEI,
    refusal: null as string | null,
    failure: null as Error | null,
    sent: [] as Sent[],
  }
  const answer = async <T>(value: () => T): Promise<T> => {
    if (chain.failure !== null) throw chain.failure
    return value()
  }
  const sender: Sender = {
    address: '0x00000000000000000000000000000000000000ca',
    nonces: () => answer(() => ({ mined: chain.mined, next: chain.next })),
    fees: () => answer(() => ({ blockNumber: chain.blockNumber, baseFee: chain.baseFee, tip: chain.tip })),
    refusal: () => answer(() => chain.refusal),
    send: ({ data }, nonce, bid) =>
      answer(() => {
        chain.sent.push({ nonce, data, ...bid, atMs: clock.nowMs() })
        return keccakText(`${nonce} ${bid.maxPriorityFeePerGas}`)
      }),
  }
  const told: string[] = []
  const carrier = createCarrier(
    { guardians: 1, self: 0, staggerMs: 100, rebidMs: 1000, ...options },
    sender,
    clock,
    {
      sent: (_id, _hash, bid) => told.push(`sent ${bid.maxPriorityFeePerGas / GWEI}`),
      problem: (_id, error) => told.push(error instanceof BaseError ? error.code : String(error)),
      gaveUp: () => told.push('gave up'),
    },
  )
  /** A block that does not include what waits. */
  const block = async (timestampSeconds = 1_001n) => {
    chain.blockNumber++
    carrier.onBlock(timestampSeconds)
    await pass(0)
  }
  return { carrier, chain, told, block, pass, timers, clock }
}

describe('a carrier', () => {
  it('sends the certified action at once, at two base fees and a tip', async () => {
    const { carrier, chain, told, pass } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(0)
    const data = actionErrand(VAULT_ACTION, CERTIFICATE).call.data
    expect(chain.sent).toEqual([
      { nonce: 7, data, maxPriorityFeePerGas: 2n * GWEI, maxFeePerGas: 22n * GWEI, atMs: 0 },
    ])
    expect(told).toEqual(['sent 2'])
    await carrier.stop()
  })

  it('waits for its turn: every incident has another order, and each rank comes once', async () => {
    for (const action of [VAULT_ACTION, PERPS_ACTION]) {
      const times = await Promise.all(
        [0, 1, 2, 3].map(async (self) => {
          const { carrier, chain, pass } = stage({ guardians: 4, self })
          carrier.carry(actionErrand(action, CERTIFICATE))
          await pass(350)
          await carrier.stop()
          return chain.sent[0]?.atMs
        }),
      )
      const first = Number(BigInt(action.incidentId) % 4n)
      expect(times).toEqual([0, 1, 2, 3].map((self) => 100 * ((self - first + 4) % 4)))
    }
  })

  it('raises its bid by three tenths with every block that passes it over, on the same nonce', async () => {
    const { carrier, chain, pass, block } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(0)
    chain.next = 8
    await block()
    await block()
    expect(chain.sent.map(({ nonce, maxPriorityFeePerGas: tip }) => [nonce, tip])).toEqual([
      [7, 2_000_000_000n],
      [7, 2_600_000_000n],
      [7, 3_380_000_000n],
    ])
    for (const [i, { maxFeePerGas }] of chain.sent.entries()) {
      const before = chain.sent[i - 1]
      if (before !== undefined) expect(maxFeePerGas * 10n).toBeGreaterThanOrEqual(before.maxFeePerGas * 11n)
    }
    await carrier.stop()
  })

  it('does not bid against itself while no block comes', async () => {
    const { carrier, chain, pass } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(60_000)
    expect(chain.sent).toHaveLength(1)
    await carrier.stop()
  })

  it('sees blocks by itself when its guardian does not', async () => {
    const { carrier, chain, pass } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(0)
    chain.blockNumber++
    await pass(1000)
    expect(chain.sent).toHaveLength(2)
    await carrier.stop()
  })

  it('never bids more than its highest tip, whatever a provider suggests and however long it takes', async () => {
    const greedy = stage()
    greedy.chain.tip = 10n ** 18n
    greedy.carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await greedy.pass(0)
    expect(greedy.chain.sent.map(({ maxPriorityFeePerGas: tip }) => tip)).toEqual([2_000n * GWEI])
    await greedy.carrier.stop()

    const patient = stage()
    patient.carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await patient.pass(0)
    for (let i = 0; i < 60; i++) await patient.block()
    expect(patient.chain.sent).toHaveLength(27)
    expect(patient.chain.sent.at(-1)?.maxPriorityFeePerGas).toBeLessThanOrEqual(2_000n * GWEI)
    await patient.carrier.stop()
  })

  it('keeps its nonce when a provider fails in between', async () => {
    const { carrier, chain, told, pass, block } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(0)
    chain.next = 8
    chain.failure = new BaseError('CHAIN_RPC_TIMEOUT', 'too slow')
    await block()
    chain.failure = null
    // Its own transaction waits: a new look would take it for somebody else's.
    chain.refusal = 'IncidentAlreadyHandled'
    await block()
    expect(chain.sent.map(({ nonce }) => nonce)).toEqual([7, 7])
    expect(told).toEqual(['sent 2', 'CHAIN_RPC_TIMEOUT', 'sent 2'])
    await carrier.stop()
  })

  it('begins anew when its nonce was used up without settling anything', async () => {
    const { carrier, chain, pass, block } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(0)
    Object.assign(chain, { mined: 8, next: 8 })
    await block()
    expect(chain.sent.map(({ nonce, maxPriorityFeePerGas: tip }) => [nonce, tip / GWEI])).toEqual([
      [7, 2n],
      [8, 2n],
    ])
    await carrier.stop()
  })

  it('takes a nonce for each incident, although the provider has not heard of the first transaction', async () => {
    const { carrier, chain, pass } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    carrier.carry(actionErrand(PERPS_ACTION, CERTIFICATE))
    carrier.carry(actionErrand(PERPS_ACTION, CERTIFICATE))
    await pass(0)
    expect(chain.sent.map(({ nonce }) => nonce)).toEqual([7, 8])
    await carrier.stop()
  })

  it('spends nothing while another transaction for the incident waits, but looks again', async () => {
    const { carrier, chain, told, pass, block } = stage()
    chain.refusal = 'IncidentAlreadyHandled'
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(0)
    await block()
    expect([chain.sent, told]).toEqual([[], []])
    chain.refusal = null
    await block()
    expect(told).toEqual(['sent 2'])
    await carrier.stop()
  })

  it('says once what keeps it from sending, and goes on when that is over', async () => {
    const { carrier, chain, told, pass, block } = stage()
    chain.refusal = 'CoolingDown'
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(3000)
    chain.refusal = null
    chain.failure = new BaseError('CHAIN_RPC_ERROR', 'insufficient funds for gas * price + value')
    await block()
    await block()
    chain.failure = null
    await block()
    expect(told).toEqual(['RESPOND_REFUSED', 'CHAIN_RPC_ERROR', 'sent 2'])
    await carrier.stop()
  })

  it('stops bidding once the incident is settled', async () => {
    const { carrier, chain, pass, block, timers } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(0)
    carrier.settle(VAULT_ACTION.incidentId)
    await block()
    expect(chain.sent).toHaveLength(1)
    expect(timers.size).toBe(0)
    await carrier.stop()
  })

  it('is not sent any more when it is settled before its turn', async () => {
    const self = (Number(BigInt(VAULT_ACTION.incidentId) % 2n) + 1) % 2
    const { carrier, chain, pass } = stage({ guardians: 2, self })
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(50)
    carrier.settle(VAULT_ACTION.incidentId)
    await pass(1000)
    expect(chain.sent).toEqual([])
    await carrier.stop()
  })

  it('gives up when the deadline has passed, not before', async () => {
    const { carrier, chain, told, pass, block } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    await pass(0)
    await block(VAULT_ACTION.deadlineSeconds)
    expect(told).not.toContain('gave up')
    await block(VAULT_ACTION.deadlineSeconds + 1n)
    await block(VAULT_ACTION.deadlineSeconds + 2n)
    expect(told.filter((line) => line === 'gave up')).toHaveLength(1)
    expect(chain.sent).toHaveLength(2)
    await carrier.stop()
  })

  it('stops at once, with nothing sent afterwards and no timer left', async () => {
    const { carrier, chain, pass, timers } = stage()
    carrier.carry(actionErrand(VAULT_ACTION, CERTIFICATE))
    carrier.carry(actionErrand(PERPS_ACTION, CERTIFICATE))
    await carrier.stop()
    await pass(10_000)
    expect(chain.sent).toEqual([])
    expect(timers.size).toBe(0)
  })
})
