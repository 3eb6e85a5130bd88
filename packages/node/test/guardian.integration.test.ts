import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { type LyingProxy, startLyingProxy } from '@breakwater/devchain'
import type { Hex } from '@breakwater/kernel'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createWebhook, systemClock } from '../src/index.ts'
import { deployProtocol, startChain, type TestChain } from './chain.ts'
import { addressesOf, type Bench, createBench, guardianSigners, type Started, until } from './guardians.ts'
import { type Receiver, startReceiver } from './receiver.ts'

let chain: TestChain
let bench: Bench
let proxy: LyingProxy
let receiver: Receiver
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
})
afterEach(async () => {
  await bench.rest()
  await receiver.stop()
})

const headOf = (guardian: Started) => guardian.watcher.evaluations.head()?.block.number ?? -1n
const hasCarried = (guardian: Started) => guardian.told.some(({ type }) => type === 'carried')
const webhook = () => [createWebhook({ name: 'hook', url: receiver.url, secret: 's' }, systemClock)]
/** What the receiver was told of findings and incidents. */
const toldOf = ({ told }: Receiver) =>
  told.flatMap(({ type, ...event }) => {
    if (type === 'incident') return (event.incident as { status: string }).status
    return type === 'alert' ? `${event.change} ${(event.finding as { rule: string }).rule}` : []
  })
const transactionsTo = async (address: Hex, from: bigint): Promise<number> => {
  const latest = Number(await chain.request('eth_blockNumber'))
  let count = 0
  for (let number = Number(from); number <= latest; number++) {
    const block = (await chain.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])) as {
      transactions: { to: string }[]
    }
    count += block.transactions.filter(({ to }) => to === address).length
  }
  return count
}

describe('one guardian', () => {
  it('observes where nothing of Breakwater is on-chain', async () => {
    const protocol = await deployProtocol(chain, null)
    const guardian = await bench.start({ protocol, name: 'observer', acts: false, channels: webhook() })
    await until(() => headOf(guardian) === protocol.startBlock)
    expect(await guardian.ready()).toEqual({ ready: true, reasons: [] })
    await protocol.drain()
    await chain.mine()
    await until(() => guardian.statuses().includes('opened reserve'))
    await protocol.mend()
    await chain.mine()
    await until(() => toldOf(receiver).length === 2)
    expect(toldOf(receiver)).toEqual(['opened reserve', 'resolved reserve'])
    expect(JSON.parse((await guardian.get('/status')).text)).toMatchObject({
      ...{ mode: 'observe', consensus: null, protocol: 'Reserve', openFindings: 0 },
    })
  })

  it('acts alone: a block after the finding the brake holds', async () => {
    const protocol = await deployProtocol(chain, addressesOf(guardianSigners(1)))
    const guardian = await bench.start({ protocol, name: 'alone' })
    await until(() => headOf(guardian) === protocol.startBlock)
    await protocol.drain()
    const { number, hash } = await chain.mine()
    await until(() => hasCarried(guardian))
    await chain.mine()
    await until(() => guardian.statuses().includes('executed'))
    expect(guardian.statuses()).toEqual(['opened reserve', 'agreed', 'certified', 'executed'])
    expect(await protocol.isPaused()).toBe(true)
    const [incident] = JSON.parse((await guardian.get('/incidents')).text)
    expect(incident).toMatchObject({
      ...{ rule: 'pause-vault', target: 'vault', level: 3, status: 'executed', signers: 1 },
      ...{ anchorNumber: `${number}`, anchorHash: hash, txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) },
      findings: [expect.stringContaining('held >= 1_000 usdc')],
    })
  })

  it('begins as far back as its windows reach', async () => {
    const protocol = await deployProtocol(chain, null)
    await chain.mine(6)
    const guardian = await bench.start({ protocol, name: 'auto', acts: false, options: { startAt: 'auto' } })
    await until(() => headOf(guardian) === protocol.startBlock + 6n)
    expect(guardian.watcher.evaluations.head()?.unknown).toEqual([])
  })

  it('starts without a chain, says that it is blind, and goes on when the chain is there', async () => {
    const protocol = await deployProtocol(chain, addressesOf(guardianSigners(1)))
    proxy.mode = { kind: 'drop' }
    const startAt = 'auto'
    const guardian = await bench.start({
      ...{ protocol, name: 'early', urls: [proxy.url], channels: webhook(), options: { startAt } },
    })
    await until(async () => !(await guardian.ready()).ready && guardian.watcher.sight().state === 'blind')
    expect((await guardian.get('/readyz')).status).toBe(503)
    expect((await guardian.ready()).reasons[0]).toMatch(/^blind: .*eth_blockNumber got no connection/)
    await until(() => receiver.told.some(({ type }) => type === 'sight'))
    proxy.mode = { kind: 'pass' }
    await chain.mine()
    await until(async () => (await guardian.ready()).ready)
    await protocol.drain()
    await chain.mine()
    await until(() => hasCarried(guardian))
  })

  it('can be stopped while it waits for a chain', async () => {
    const protocol = await deployProtocol(chain, null)
    proxy.mode = { kind: 'hang' }
    for (const startAt of ['auto', protocol.startBlock] as const) {
      const options = { startAt }
      const guardian = await bench.start({
        ...{ protocol, name: 'waiting', acts: false, urls: [proxy.url], options },
      })
      await guardian.stop()
      await expect(guardian.done).resolves.toBeUndefined()
    }
  })
})

describe('restart', () => {
  it('takes up where it stopped: nothing told twice, windows filled, the open action carried', async () => {
    const protocol = await deployProtocol(chain, addressesOf(guardianSigners(1)))
    const wanted = { protocol, name: 'again', channels: webhook() }
    const first = await bench.start(wanted)
    await chain.mine(6)
    await protocol.drain()
    await chain.mine()
    await until(() => first.statuses().includes('certified') && hasCarried(first))
    await first.stop()
    // Its transaction is lost, as when a node restarts.
    await chain.request('anvil_dropAllTransactions')
    await chain.mine()

    const second = await bench.start(wanted)
    await until(() => hasCarried(second))
    expect(second.watcher.evaluations.head()?.unknown).toEqual([])
    expect(second.statuses()).toEqual([])
    await chain.mine()
    await until(() => toldOf(receiver).includes('executed'))
    expect(toldOf(receiver)).toEqual(['opened reserve', 'agreed', 'certified', 'executed'])
    expect(new Set(receiver.told.map(({ key }) => key)).size).toBe(receiver.told.length)
    expect(second.incidents()).toHaveLength(1)
    await second.stop()

    const third = await bench.start(wanted)
    await protocol.mend()
    await chain.mine()
    await until(() => toldOf(receiver).includes('resolved reserve'))
    expect(third.statuses()).toEqual(['resolved reserve'])
    expect(toldOf(receiver)).toHaveLength(5)
  })

  it('loses no message and no vote when it crashes and its store is lost', async () => {
    const protocol = await deployProtocol(chain, addressesOf(guardianSigners(1)))
    receiver.status = 503
    const first = await bench.start({ protocol, name: 'crash', channels: webhook() })
    await until(() => headOf(first) === protocol.startBlock)
    await protocol.drain()
    await chain.mine()
    await until(() => hasCarried(first))
    // The logs as they are on disk at this moment.
    const dataDir = join(bench.folder, 'crashed')
    await cp(join(bench.folder, 'crash'), dataDir, { recursive: true })
    await first.stop()
    await chain.request('anvil_dropAllTransactions')
    receiver.status = 200

    const second = await bench.start({ protocol, name: 'crash_anew', dataDir, channels: webhook() })
    await until(() => hasCarried(second))
    await chain.mine()
    await until(() => toldOf(receiver).includes('executed'))
    expect(new Set(toldOf(receiver))).toEqual(new Set(['opened reserve', 'agreed', 'certified', 'executed']))
    expect(await protocol.isPaused()).toBe(true)
    expect(second.actor?.status().view).toBeGreaterThan(1n)
  })

  it('does not tell of incidents that are long over when only its votes are left', async () => {
    const protocol = await deployProtocol(chain, addressesOf(guardianSigners(1)))
    const first = await bench.start({ protocol, name: 'votes' })
    await until(() => headOf(first) === protocol.startBlock)
    await protocol.drain()
    await chain.mine()
    await until(() => hasCarried(first))
    await chain.mine()
    await until(() => first.statuses().includes('executed'))
    await first.stop()
    await protocol.mend()
    const { timestamp } = (await chain.request('eth_getBlockByNumber', ['latest', false])) as {
      timestamp: Hex
    }
    await chain.request('evm_setNextBlockTimestamp', [Number(timestamp) + 1000])
    await chain.request('evm_mine')

    const dataDir = join(bench.folder, 'votes')
    const options = { startAt: 'latest' } as const
    const second = await bench.start({ protocol, name: 'votes_anew', dataDir, options })
    await until(() => headOf(second) > 0n && (second.actor?.status().finalized.view ?? 0n) > 2n)
    expect(second.statuses()).toEqual([])
    expect(second.incidents()).toEqual([])
  })
})

describe('four guardians', () => {
  const startFour = async (name: string, more: object = {}) => {
    const protocol = await deployProtocol(chain, addressesOf(guardianSigners(4)))
    const start = (index: number) =>
      bench.start({ protocol, name: `${name}_${index}`, index, size: 4, ...more })
    const guardians = await Promise.all([0, 1, 2, 3].map(start))
    await until(() => guardians.every((guardian) => headOf(guardian) === protocol.startBlock))
    return { protocol, guardians, start }
  }

  it('find, agree, sign and pause by one transaction', async () => {
    const { protocol, guardians } = await startFour('four')
    await protocol.drain()
    const { number } = await chain.mine()
    await until(() => guardians.some(hasCarried))
    // The others look at what waits before they send anything.
    await until(() => guardians.every((guardian) => guardian.statuses().includes('certified')))
    await chain.mine()
    await until(() => guardians.every((guardian) => guardian.statuses().includes('executed')))
    expect(await protocol.isPaused()).toBe(true)
    expect(await transactionsTo(protocol.breaker, number)).toBe(1)
    for (const guardian of guardians) {
      // Who is late hears of the agreement before it has seen the block.
      expect(guardian.statuses()).toContain('opened reserve')
      const statuses = guardian.statuses().filter((status) => status !== 'opened reserve')
      expect(statuses).toEqual(['agreed', 'certified', 'executed'])
      expect(guardian.incidents()).toHaveLength(1)
      expect(guardian.incidents()[0]?.signers).toBeGreaterThanOrEqual(3)
    }
  })

  it('with two of them down do nothing, say so everywhere, and go on when one is back', async () => {
    const { protocol, guardians, start } = await startFour('stalled', { channels: webhook() })
    await Promise.all(guardians.slice(2).map((guardian) => guardian.stop()))
    const rest = guardians.slice(0, 2)
    await protocol.drain()
    await chain.mine()
    await until(() => rest.every((guardian) => guardian.actor?.isStalled()))
    for (const guardian of rest) {
      expect(await guardian.ready()).toEqual({
        ready: false,
        reasons: ['consensus is stalled: fewer than n - f guardians answer'],
      })
      expect((await guardian.get('/metrics')).text).toContain('breakwater_consensus_stalled 1')
      expect(guardian.statuses()).toEqual(['opened reserve'])
    }
    const stalls = () =>
      receiver.told.filter(({ type, state }) => type === 'consensus' && state === 'stalled')
    await until(() => stalls().length === 2)
    expect(await protocol.isPaused()).toBe(false)

    const back = await start(2)
    await until(() => [...rest, back].some(hasCarried))
    await chain.mine()
    await until(protocol.isPaused)
    await until(async () => (await rest[0]?.ready())?.ready === true)
    await until(() => receiver.told.some(({ type, state }) => type === 'consensus' && state === 'ok'))
  })
})
