import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { type LyingProxy, startLyingProxy } from '@breakwater/devchain'
import type { Address, Hex } from '@breakwater/kernel'
import { decodeErrorResult } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createWebhook, systemClock } from '../src/index.ts'
import { deployProtocol, type Protocol, startChain, type TestChain } from './chain.ts'
import { addressesOf, type Bench, createBench, guardianSigners, type Started, until } from './guardians.ts'
import { type Receiver, startReceiver } from './receiver.ts'

let chain: TestChain
let bench: Bench
let proxy: LyingProxy
let receiver: Receiver
let protocol: Protocol
beforeAll(async () => {
  chain = await startChain()
  proxy = await startLyingProxy(chain.anvil.url)
  bench = await createBench(chain)
})
afterAll(async () => {
  await bench?.stop()
  await proxy?.stop()
  await chain?.stop()
})
beforeEach(async () => {
  receiver = await startReceiver()
  proxy.mode = { kind: 'pass' }
  proxy.lie = null
  protocol = await deployProtocol(chain, addressesOf(guardianSigners(1)))
})
afterEach(async () => {
  await bench.rest()
  await receiver.stop()
})

const headOf = (guardian: Started) => guardian.watcher.evaluations.head()?.block.number ?? -1n
const webhook = () => [createWebhook({ name: 'hook', url: receiver.url, secret: 's' }, systemClock)]
const carriedBy = (guardian: Started) =>
  guardian.told.flatMap((event) => (event.type === 'carried' ? event.txHash : []))
const statusesOf = (guardian: Started) => guardian.incidents().map(({ status }) => status)
const sightsTold = () =>
  receiver.told.flatMap(({ type, sight }) => (type === 'sight' ? (sight as { state: string }).state : []))
/** A guardian that has seen the protocol complete. */
const start = async (name: string, more: object = {}) => {
  const guardian = await bench.start({ protocol, name, ...more })
  await until(() => headOf(guardian) >= protocol.startBlock)
  return guardian
}

describe('providers', () => {
  it('that contradict each other make a guardian blind: it says so, does not act, and recovers', async () => {
    const guardian = await start('blind', { urls: [chain.anvil.url, proxy.url], channels: webhook() })
    await until(async () => (await guardian.ready()).ready)
    // A liar to whom everything is well.
    const truth = (600_000_000).toString(16)
    proxy.lie = (method, _params, answer) => {
      if (method !== 'eth_call' || !('result' in answer)) return answer
      return { result: String(answer.result).replace((900_000_000).toString(16), truth) }
    }
    await protocol.drain()
    await chain.mine()
    await until(() => guardian.watcher.sight().state === 'blind')
    const { ready, reasons } = await guardian.ready()
    expect(ready).toBe(false)
    expect(reasons[0]).toMatch(/^blind: providers contradict each other.*usdc\.balanceOf\(vault\)/)
    expect((await guardian.get('/readyz')).status).toBe(503)
    expect((await guardian.get('/metrics')).text).toContain('breakwater_sight_clear 0')
    await until(() => sightsTold().includes('blind'))
    expect(guardian.statuses()).toEqual([])

    proxy.lie = null
    await until(() => carriedBy(guardian).length > 0)
    expect(await guardian.ready()).toMatchObject({ ready: true })
    await until(() => sightsTold().at(-1) === 'clear')
  })

  it('that answer for another chain end the guardian with that reason, at the start and after a restart', async () => {
    for (const options of [{ startAt: 'auto' as const }, {}]) {
      proxy.lie = (method, _params, answer) => (method === 'eth_chainId' ? { result: '0x1' } : answer)
      const guardian = await bench.start({ protocol, name: 'other_chain', urls: [proxy.url], options })
      await expect(guardian.done).rejects.toMatchObject({ code: 'CHAIN_WRONG_ID', hint: expect.any(String) })
      proxy.lie = null
    }
  })
})

describe('a reorganisation', () => {
  /** The block of the drain is mined again without it, and the one after it. */
  const undo = (depth: number) => chain.request('anvil_reorg', [depth, []])

  it('retracts the finding and voids the action, on-chain too', async () => {
    const guardian = await start('reorg', { channels: webhook() })
    await protocol.drain()
    await chain.mine()
    await until(() => carriedBy(guardian).length > 0)
    const [txHash] = carriedBy(guardian)
    const { input } = (await chain.request('eth_getTransactionByHash', [txHash])) as { input: Hex }
    await undo(1)
    await chain.mine()
    await until(() => guardian.statuses().includes('retracted reserve'))
    await until(() => statusesOf(guardian).includes('void'))
    await until(() => receiver.told.some(({ change }) => change === 'retracted'))
    expect(guardian.watcher.openFindings()).toEqual([])
    expect(await protocol.isPaused()).toBe(false)

    const refusal = await fetch(chain.anvil.url, {
      method: 'POST',
      body: JSON.stringify({
        ...{ jsonrpc: '2.0', id: 1, method: 'eth_call' },
        params: [{ to: protocol.breaker, data: input }, 'latest'],
      }),
      headers: { 'content-type': 'application/json' },
    }).then((response) => response.json() as Promise<{ error: { data: Hex } }>)
    const { errorName } = decodeErrorResult({ abi: circuitBreakerAbi, data: refusal.error.data })
    expect(errorName).toBe('AnchorMismatch')
    // Nobody bids for it any more.
    const bids = carriedBy(guardian).length
    const { number } = await chain.mine(2)
    await until(() => headOf(guardian) === number)
    expect(carriedBy(guardian)).toHaveLength(bids)
  })

  it('that removes the execution has it executed again, and tells so', async () => {
    const guardian = await start('undone', { channels: webhook() })
    await protocol.drain()
    await chain.mine()
    await until(() => carriedBy(guardian).length > 0)
    await chain.mine()
    await until(() => statusesOf(guardian).includes('executed'))
    await undo(1)
    await until(() => statusesOf(guardian).includes('certified'))
    expect(await protocol.isPaused()).toBe(false)
    await chain.request('anvil_dropAllTransactions')
    const bids = carriedBy(guardian).length
    await chain.mine()
    await until(() => carriedBy(guardian).length > bids || statusesOf(guardian).includes('executed'))
    await chain.mine()
    await until(() => statusesOf(guardian).includes('executed'))
    expect(await protocol.isPaused()).toBe(true)
    const told = () =>
      receiver.told.flatMap(({ incident }) => (incident as { status: string } | undefined)?.status ?? [])
    await until(() => told().length === 5)
    expect(told()).toEqual(['agreed', 'certified', 'executed', 'certified', 'executed'])
  })

  it('deeper than finality, to another genesis, is told and not followed', async () => {
    const first = await start('genesis', { channels: webhook() })
    await chain.mine(8)
    await until(() => headOf(first) === protocol.startBlock + 8n)
    await first.stop()
    const other = await startChain({ timestampSeconds: 1_770_000_000 })
    try {
      await other.mine(Number(protocol.startBlock) + 12)
      const wanted = { protocol, name: 'genesis', urls: [other.anvil.url], channels: webhook() }
      const second = await bench.start(wanted)
      await until(() => second.watcher.sight().state === 'blind')
      expect((await second.ready()).reasons[0]).toMatch(/was final as 0x.*but the providers have 0x/)
      await until(() => sightsTold().includes('blind'))
      await bench.rest()
    } finally {
      await other.stop()
    }
  })
})

describe('messages', () => {
  it('wait for a receiver that is away, and then all come, each once', async () => {
    receiver.status = 500
    const guardian = await start('away', { channels: webhook() })
    await protocol.drain()
    await chain.mine()
    await until(() => carriedBy(guardian).length > 0)
    await chain.mine()
    await protocol.mend()
    await chain.mine()
    await until(() => guardian.statuses().includes('resolved reserve'))
    await until(async () => (await guardian.get('/metrics')).text.includes('breakwater_outbox_waiting 6'))
    expect(receiver.told).toEqual([])
    receiver.status = 200
    await until(() => receiver.told.length === 6)
    const kinds = receiver.told.map(({ type, change, incident }) => {
      return [type, change ?? (incident as { status?: string })?.status ?? ''].join(' ').trim()
    })
    expect(kinds.sort()).toEqual([
      ...['alert opened', 'alert resolved', 'incident agreed', 'incident certified', 'incident executed'],
      'sight',
    ])
  })
})

describe('what an operator gets wrong', () => {
  it('an identity that is no guardian: said, and nothing is left running', async () => {
    const wanted = { protocol, name: 'stranger', index: 1 }
    await expect(bench.start(wanted)).rejects.toMatchObject({ code: 'NODE_NOT_GUARDIAN' })
    await expect(bench.start(wanted)).rejects.toMatchObject({ code: 'NODE_NOT_GUARDIAN' })
    const guardian = await bench.start({ ...wanted, index: 0 })
    await guardian.stop()
  })

  it('two processes for one guardian: the second is refused', async () => {
    await start('twice')
    await expect(bench.start({ protocol, name: 'twice' })).rejects.toMatchObject({ code: 'NODE_LOCKED' })
  })

  it('a port that is taken: said, and nothing is left running', async () => {
    const { url } = await start('port')
    const http = { host: '127.0.0.1', port: Number(new URL(url ?? '').port) }
    const wanted = { protocol, name: 'same_port', options: { http } }
    await expect(bench.start(wanted)).rejects.toMatchObject({ code: 'NODE_LISTEN' })
    await bench.start({ ...wanted, options: {} })
  })

  it('a specification that the breaker does not have: the guardian is not ready, and says for what', async () => {
    const other = await deployProtocol(chain, addressesOf(guardianSigners(1)))
    const { breaker } = other
    const spec = { ...protocol.spec, guardians: { registry: other.registry, breaker: breaker as Address } }
    const guardian = await start('unregistered', { protocol: { ...protocol, spec } })
    const { number } = await chain.mine()
    await until(() => headOf(guardian) === number)
    expect(await guardian.ready()).toEqual({
      ready: false,
      reasons: ['cannot act on vault without this specification on the breaker: none is registered'],
    })
  })
})

describe('the store', () => {
  it('may fail: the guardian goes on, and is not ready', async () => {
    const guardian = await start('storing')
    const db = await bench.db('storing')
    await db.schema.alterTable('blocks').renameTo('gone').execute()
    await protocol.drain()
    await chain.mine()
    await until(() => carriedBy(guardian).length > 0)
    await until(async () =>
      (await guardian.ready()).reasons.some((reason) => /^the store fails: /.test(reason)),
    )
    expect((await guardian.get('/metrics')).text).toMatch(/breakwater_errors_total\{part="store"\} [1-9]/)
    await db.schema.alterTable('gone').renameTo('blocks').execute()
    await chain.mine()
    await until(async () => (await guardian.ready()).ready)
  })
})
