import { type Anvil, startAnvil } from '@breakwater/devchain'
import { toWord } from '@breakwater/kernel'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  COUNTER,
  COUNTER_TOPIC,
  clock,
  count,
  counterPlan,
  createRecorder,
  openSource,
  placeCounter,
  type SourceSetup,
  send,
} from '../test/support.ts'
import { layWire } from '../test/wire.ts'
import { connectRpc, createSource, type Follower, type FollowOptions, follow, readRange } from './index.ts'

let anvil: Anvil
const ending: (() => Promise<void> | void)[] = []

beforeEach(async () => {
  anvil = await startAnvil()
  await placeCounter(anvil.url)
})
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
  await anvil.stop()
})

const OPTIONS: FollowOptions = { start: 0n, finality: 'finalized', pollMs: 50, staleMs: 60_000 }

function start(setup: Partial<SourceSetup> = {}, options: Partial<FollowOptions> = {}) {
  const recorder = createRecorder()
  const { source, close } = openSource({ urls: [anvil.url], ...setup })
  const follower: Follower = follow({ ...OPTIONS, ...options }, source, recorder.sink)
  follower.done.catch(recorder.fail)
  ending.push(close, () => follower.stop().catch(() => {}))
  return { ...recorder, follower, source }
}

const mine = (blocks: number) => send(anvil.url, 'anvil_mine', `0x${blocks.toString(16)}`)

describe.each(['http', 'webSocket'])('over %s', (transport) => {
  const urls = () => [transport === 'http' ? anvil.url : anvil.wsUrl]

  test('each block is delivered in order with its logs and values', async () => {
    const { untilBlock, blocks } = start({ urls: urls() })
    const hash = await count(anvil.url, 7n)
    await mine(2)
    await count(anvil.url, 8n)
    await untilBlock(4n)
    expect(blocks().map(({ block }) => block.number)).toEqual([0n, 1n, 2n, 3n, 4n])
    expect(blocks().map(({ calls }) => calls.get('counter()'))).toEqual(
      [0n, 7n, 7n, 7n, 8n].map((value) => ({ ok: true, value })),
    )
    expect(blocks()[1]?.txs).toEqual([
      {
        hash,
        index: 0,
        status: 'ok',
        logs: [{ address: COUNTER, topics: [COUNTER_TOPIC], data: toWord(7n) }],
      },
    ])
    expect(blocks().map(({ txs }) => txs.length)).toEqual([0, 1, 0, 0, 1])
  })

  test('a reorganisation is told before the new branch, and its blocks are evaluated anew', async () => {
    const { untilBlock, until, told, blocks } = start({ urls: urls() })
    for (const value of [1n, 2n, 3n]) await count(anvil.url, value)
    await untilBlock(3n)
    const before = blocks().map(({ block }) => block)
    const from = ((await send(anvil.url, 'eth_accounts')) as string[])[0]
    await send(anvil.url, 'anvil_reorg', 2, [[{ from, to: COUNTER, data: toWord(9n), gas: '0x30d40' }, 0]])
    await until('the reorganisation', () => told.some(({ kind }) => kind === 'reorg'))
    await untilBlock(3n)
    const events = told.filter(({ kind }) => kind === 'block' || kind === 'reorg')
    expect(events.slice(4).map(({ kind }) => kind)).toEqual(['reorg', 'block', 'block'])
    expect(events[4]).toMatchObject({ removed: [before[3], before[2]], to: before[1] })
    expect(
      blocks()
        .slice(4)
        .map(({ calls }) => calls.get('counter()')),
    ).toEqual([9n, 9n].map((value) => ({ ok: true, value })))
  })
})

test('two providers reorganise at their own time: never blind, one reorganisation', async () => {
  const started = start({ urls: [anvil.url, anvil.wsUrl], graceMs: 2_000 })
  for (const value of [1n, 2n, 3n]) await count(anvil.url, value)
  await started.untilBlock(3n)
  await send(anvil.url, 'anvil_reorg', 3, [])
  await started.until('reorganisation', () => started.told.some(({ kind }) => kind === 'reorg'))
  await mine(1)
  await started.untilBlock(4n)
  expect(started.told.filter(({ kind }) => kind === 'reorg')).toHaveLength(1)
  expect(started.sights().map(({ state }) => state)).not.toContain('blind')
})

test('a chain that became shorter is followed as soon as it grows elsewhere', async () => {
  const { untilBlock, until, told, blocks } = start()
  await mine(5)
  await untilBlock(5n)
  await send(anvil.url, 'anvil_rollback', 3)
  await count(anvil.url, 6n)
  await until('the new block 3', () => blocks().some(({ txs }) => txs.length === 1))
  expect(told.find(({ kind }) => kind === 'reorg')).toMatchObject({ to: { number: 2n } })
})

test('a WebSocket that is cut is opened again, announcements included, and nothing is lost', async () => {
  const wire = await layWire(anvil.port)
  ending.push(wire.close)
  const rpc = connectRpc(wire.url, { timeoutMs: 300 })
  ending.push(rpc.close)
  let subscriptions = 0
  const subscribeHeads: typeof rpc.subscribeHeads = (listener) => {
    subscriptions++
    return rpc.subscribeHeads?.(listener) ?? Promise.reject(new Error('no WebSocket'))
  }
  const recorder = createRecorder()
  const source = createSource(
    { chainId: 31337n, graceMs: 300, proof: 'recomputed' },
    { rpcs: [{ ...rpc, subscribeHeads }], plan: counterPlan, clock },
  )
  const follower = follow(OPTIONS, source, recorder.sink)
  follower.done.catch(recorder.fail)
  ending.push(() => follower.stop())
  await mine(2)
  await recorder.untilBlock(2n)
  wire.freeze()
  wire.cut()
  await mine(3)
  await recorder.untilSight('blind')
  wire.thaw()
  wire.cut()
  await recorder.untilBlock(5n)
  await recorder.untilSight('clear')
  expect(subscriptions).toBeGreaterThanOrEqual(2)
  expect(recorder.blocks().map(({ block }) => block.number)).toEqual([0n, 1n, 2n, 3n, 4n, 5n])
})

describe('what was missed', () => {
  test('is read in order, however much it is, while new blocks come', async () => {
    await mine(700)
    await count(anvil.url, 5n)
    await mine(800)
    const { untilBlock, blocks, sights, told } = start({ urls: [anvil.wsUrl] }, { finality: 20 })
    await untilBlock(100n)
    await count(anvil.url, 6n)
    await untilBlock(1502n)
    expect(blocks().map(({ block }) => block.number)).toEqual(
      Array.from({ length: 1503 }, (_, i) => BigInt(i)),
    )
    expect(blocks().flatMap(({ block, txs }) => (txs.length > 0 ? [block.number] : []))).toEqual([
      701n,
      1502n,
    ])
    expect(sights().map(({ state }) => state)).toContain('behind')
    expect(blocks()[1502]?.calls.get('counter()')).toEqual({ ok: true, value: 6n })
    // The node keeps the state of 128 blocks: what it no longer has is not known, and not passed over either.
    expect(blocks()[701]?.calls.get('counter()')).toEqual({ ok: false, reason: 'pruned' })
    expect(told.filter(({ kind }) => kind === 'final').length).toBeGreaterThan(1_400)
  })

  test('is read after a restart of the follower, from where it was', async () => {
    const first = start()
    await mine(10)
    await first.untilBlock(10n)
    await first.follower.stop()
    await mine(30)
    const [oldest, ...rest] = first.blocks().map(({ block }) => block)
    if (oldest === undefined) throw new Error('no block')
    const second = start({}, { start: [oldest, ...rest] })
    await second.untilBlock(40n)
    expect(second.blocks().map(({ block }) => block.number)).toEqual(
      Array.from({ length: 30 }, (_, i) => BigInt(11 + i)),
    )
  })
})

describe('a start on blocks that left the chain', () => {
  const known = async (from: number) => {
    const { follower, untilBlock, blocks } = start()
    await mine(6)
    await untilBlock(6n)
    await follower.stop()
    const [oldest, ...rest] = blocks()
      .slice(from)
      .map(({ block }) => block)
    if (oldest === undefined) throw new Error('no block')
    return [oldest, ...rest] as const
  }

  test('takes them back first', async () => {
    const before = await known(0)
    await send(anvil.url, 'anvil_reorg', 2, [])
    await mine(1)
    const { untilBlock, told, blocks } = start({}, { start: before })
    await untilBlock(7n)
    expect(told.find(({ kind }) => kind === 'reorg')).toMatchObject({
      removed: [before[6], before[5]],
      to: before[4],
    })
    expect(blocks().map(({ block }) => block.number)).toEqual([5n, 6n, 7n])
  })

  test('goes back to a final block when none of them is left', async () => {
    const before = await known(5)
    await send(anvil.url, 'anvil_reorg', 4, [])
    const { untilBlock, told, blocks } = start({}, { start: before })
    await untilBlock(6n)
    expect(told.find(({ kind }) => kind === 'reorg')).toMatchObject({
      removed: [before[1], before[0]],
      to: { number: 0n },
    })
    expect(blocks()).toHaveLength(6)
  })

  test('is blind when a final one of them is not on the chain', async () => {
    const [oldest] = await known(1)
    const foreign = { ...oldest, number: 0n, hash: `0x${'11'.repeat(32)}` as const }
    const { untilSight, blocks } = start({}, { start: [foreign] })
    await untilSight('blind', /was final as 0x1111/)
    expect(blocks()).toHaveLength(0)
  })
})

test('from the newest block on, with the block before to go back to', async () => {
  await mine(5)
  const { untilBlock, until, blocks, told } = start({}, { start: 'latest' })
  await untilBlock(5n)
  expect(blocks().map(({ block }) => block.number)).toEqual([5n])
  await send(anvil.url, 'anvil_reorg', 3, [])
  await until('the reorganisation', () => told.some(({ kind }) => kind === 'reorg'))
  await untilBlock(5n)
  expect(told.find(({ kind }) => kind === 'reorg')).toMatchObject({ to: { number: 2n } })
})

describe('finality', () => {
  const finals = ({ told }: ReturnType<typeof start>) =>
    told.flatMap((event) => (event.kind === 'final' ? [event.block.number] : []))

  test('by depth follows the head', async () => {
    const started = start({}, { finality: 3 })
    await mine(10)
    await started.untilBlock(10n)
    await started.until('finality', () => finals(started).at(-1) === 7n)
    expect(finals(started)).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n])
  })

  test('by tag is what the node says', async () => {
    const started = start()
    await mine(70)
    await started.until('finality', () => finals(started).at(-1) === 6n)
  })

  test('contradicted makes blind, and nothing more is delivered', async () => {
    const started = start({}, { finality: 2 })
    await mine(6)
    await started.untilBlock(6n)
    await send(anvil.url, 'anvil_reorg', 4, [])
    await mine(3)
    await started.untilSight('blind', /block 4 was final/)
    expect(started.head()?.number).toBe(6n)
    expect(started.told.some(({ kind }) => kind === 'reorg')).toBe(false)
  })
})

describe('the sink', () => {
  test('that fails ends the following with its error', async () => {
    const { source } = start()
    const failing = follow(OPTIONS, source, {
      onBlock: () => Promise.reject(new Error('disk full')),
      onReorg() {},
      onFinal() {},
      onSight() {},
    })
    await expect(failing.done).rejects.toThrow('disk full')
    await expect(failing.stop()).rejects.toThrow('disk full')
  })

  test('that is slow gets one block at a time, and none after the stop', async () => {
    let [busy, most, count] = [0, 0, 0]
    const { source } = start()
    const slow = follow(OPTIONS, source, {
      async onBlock() {
        most = Math.max(most, ++busy)
        await new Promise((resolve) => setTimeout(resolve, 5))
        busy--
        count++
      },
      onReorg() {},
      onFinal() {},
      onSight() {},
    })
    await mine(10)
    while (count < 3) await new Promise((resolve) => setImmediate(resolve))
    await slow.stop()
    const atStop = count
    await mine(1)
    await send(anvil.url, 'eth_chainId')
    expect([most, busy, count]).toEqual([1, 0, atStop])
  })
})

test('a range of history is read as live blocks are', async () => {
  await count(anvil.url, 1n)
  await mine(40)
  await count(anvil.url, 2n)
  const { source, blocks, untilBlock } = start()
  await untilBlock(42n)
  const history = []
  for await (const facts of readRange(source, 0n, 42n, new AbortController().signal)) history.push(facts)
  expect(history).toEqual(blocks())
  const beyond = readRange(source, 42n, 50n, new AbortController().signal)
  expect((await beyond.next()).value).toEqual(blocks()[42])
  await expect(beyond.next()).rejects.toMatchObject({ code: 'CHAIN_ABSENT' })
})
