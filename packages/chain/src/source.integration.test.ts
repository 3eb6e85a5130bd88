import {
  type Anvil,
  type Lie,
  type LyingProxy,
  type Mode,
  startAnvil,
  startLyingProxy,
} from '@breakwater/devchain'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { count, createRecorder, openSource, placeCounter, type SourceSetup, send } from '../test/support.ts'
import { type FollowOptions, follow, headerHash, type Sight } from './index.ts'

let anvil: Anvil
let proxy: LyingProxy
const ending: (() => Promise<void> | void)[] = []

beforeEach(async () => {
  anvil = await startAnvil()
  await placeCounter(anvil.url)
  proxy = await startLyingProxy(anvil.url)
})
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
  await proxy.stop()
  await anvil.stop()
})

const OPTIONS: FollowOptions = { start: 0n, finality: 'finalized', pollMs: 40, staleMs: 60_000 }

function start(setup: Partial<SourceSetup> = {}, options: Partial<FollowOptions> = {}) {
  const recorder = createRecorder()
  const { source, close } = openSource({ urls: [anvil.url, proxy.url], graceMs: 250, ...setup })
  const follower = follow({ ...OPTIONS, ...options }, source, recorder.sink)
  follower.done.catch(recorder.fail)
  ending.push(close, () => follower.stop().catch(() => {}))
  return { ...recorder, follower }
}
type Started = ReturnType<typeof start>

const statesOf = ({ follower }: Started) => follower.sight().providers.map(({ state }) => state)

/** Replaces the result of one method. */
const lieAbout =
  (wanted: string, change: (result: never) => unknown): Lie =>
  (method, _params, answer) =>
    method === wanted && 'result' in answer ? { result: change(answer.result as never) } : answer

type Block = Record<string, unknown> & { number: string }
type Receipt = { logs: { data: string }[]; status: string }

const lies: Record<string, Lie> = {
  'a log changed in the receipts': lieAbout('eth_getBlockReceipts', (receipts: Receipt[]) =>
    receipts.map((receipt) => ({
      ...receipt,
      logs: receipt.logs.map((log) => ({ ...log, data: `0x${'00'.repeat(32)}` })),
    })),
  ),
  'the logs left out of the receipts': lieAbout('eth_getBlockReceipts', (receipts: Receipt[]) =>
    receipts.map((receipt) => ({ ...receipt, logs: [] })),
  ),
  'a failed transaction called successful': lieAbout('eth_getBlockReceipts', (receipts: Receipt[]) =>
    receipts.map((receipt) => ({ ...receipt, status: receipt.status === '0x1' ? '0x0' : '0x1' })),
  ),
  'no receipts': lieAbout('eth_getBlockReceipts', () => []),
  'another value': lieAbout('eth_call', (result: string) => result.replace(/7$/, '8')),
  'a header that its hash does not fit': lieAbout('eth_getBlockByNumber', (block: Block) =>
    block.number === '0x0' ? block : { ...block, stateRoot: `0x${'11'.repeat(32)}` },
  ),
  'a header forged whole': lieAbout('eth_getBlockByNumber', (block: Block) => {
    if (block.number === '0x0') return block
    const forged = { ...block, stateRoot: `0x${'11'.repeat(32)}` }
    return { ...forged, hash: headerHash(forged) }
  }),
  'an empty bloom in a header forged whole, to hide the logs': lieAbout(
    'eth_getBlockByNumber',
    (block: Block) => {
      if (block.number === '0x0') return block
      const forged = { ...block, logsBloom: `0x${'00'.repeat(256)}` }
      return { ...forged, hash: headerHash(forged) }
    },
  ),
  'other transactions': lieAbout('eth_getBlockByNumber', (block: Block) => ({
    ...block,
    transactions: [`0x${'77'.repeat(32)}`],
  })),
}
/** What a single provider cannot be caught at: nobody else says otherwise. */
const UNPROVABLE = [
  'another value',
  'a header forged whole',
  'an empty bloom in a header forged whole, to hide the logs',
]

/** The one block with a log is there, once, and true. */
function expectTruth({ blocks }: Started, hash: string) {
  expect(blocks().map(({ block }) => block.number)).toEqual(blocks().map((_, i) => BigInt(i)))
  const txs = blocks().flatMap((facts) => facts.txs)
  expect(txs).toMatchObject([{ hash, status: 'ok', logs: [{ data: `0x${'7'.padStart(64, '0')}` }] }])
  expect(blocks()[1]?.calls.get('counter()')).toEqual({ ok: true, value: 7n })
}

describe.each(Object.keys(lies))('one of two providers tells %s', (name) => {
  test('blind, nothing is delivered; when it tells the truth again, all is delivered', async () => {
    const started = start()
    await started.untilSight('clear')
    expect(started.follower.sight().isUnverified).toBe(false)
    proxy.lie = lies[name] ?? null
    const hash = await count(anvil.url, 7n)
    await started.untilSight('blind', /contradict/)
    expect(statesOf(started)).toContain('conflict')
    expect(started.head()?.number).toBe(0n)
    await send(anvil.url, 'anvil_mine', '0x2')
    proxy.lie = null
    await started.untilBlock(3n)
    await started.untilSight('clear')
    expectTruth(started, hash)
  })
})

describe.each(Object.keys(lies).filter((name) => !UNPROVABLE.includes(name)))(
  'the only provider tells %s',
  (name) => {
    test('blind all the same: the header gives it away', async () => {
      const started = start({ urls: [proxy.url] })
      await started.untilSight('clear')
      expect(started.follower.sight().isUnverified).toBe(true)
      proxy.lie = lies[name] ?? null
      const hash = await count(anvil.url, 7n)
      await started.untilSight('blind')
      expect(started.head()?.number).toBe(0n)
      proxy.lie = null
      await started.untilSight('clear')
      await started.untilBlock(1n)
      expectTruth(started, hash)
    })
  },
)

const failures: Record<string, Mode> = {
  'answers cut off in the middle': { kind: 'truncate' },
  'error pages': { kind: 'status', status: 503 },
  'refused requests': { kind: 'status', status: 403 },
  'cut connections': { kind: 'drop' },
  'no answers at all': { kind: 'hang' },
}

describe.each(Object.keys(failures))('a provider with %s', (name) => {
  const mode = failures[name] ?? { kind: 'pass' }

  test('of two: the other goes on, behind; it comes back by itself', async () => {
    const started = start({ timeoutMs: 500 })
    await started.untilSight('clear')
    proxy.mode = mode
    const hash = await count(anvil.url, 7n)
    await started.untilBlock(1n)
    expect(started.follower.sight()).toMatchObject({ state: 'behind', isUnverified: true })
    expect(started.follower.sight().reason).toContain('1 of 2 providers')
    expect(statesOf(started)).toEqual(['clear', 'down'])
    proxy.mode = { kind: 'pass' }
    await send(anvil.url, 'anvil_mine', '0x1')
    await started.untilSight('clear')
    await started.untilBlock(2n)
    expectTruth(started, hash)
  })

  test('that is the only one: blind with the reason; nothing is lost', async () => {
    const started = start({ urls: [proxy.url], timeoutMs: 300 })
    await started.untilSight('clear')
    proxy.mode = mode
    const hash = await count(anvil.url, 7n)
    await send(anvil.url, 'anvil_mine', '0x20')
    await started.untilSight('blind')
    expect(started.follower.sight().reason).toContain(proxy.url.slice(7))
    expect(started.head()?.number).toBe(0n)
    proxy.mode = { kind: 'pass' }
    await started.untilBlock(33n)
    await started.untilSight('clear')
    expectTruth(started, hash)
  })
})

test('after the first wait a dead provider delays no block', async () => {
  const started = start({ graceMs: 1_000, timeoutMs: 10_000 })
  await started.untilSight('clear')
  proxy.mode = { kind: 'hang' }
  await count(anvil.url, 1n)
  await started.untilBlock(1n)
  const before = performance.now()
  for (let value = 2n; value < 12n; value++) {
    await count(anvil.url, value)
    await started.untilBlock(value)
  }
  expect(performance.now() - before).toBeLessThan(5_000)
})

test('silence is noticed before requests time out', async () => {
  const started = start({ urls: [proxy.url], timeoutMs: 60_000 }, { staleMs: 300 })
  await started.untilSight('clear')
  proxy.mode = { kind: 'hang' }
  await started.untilSight('blind', /no new block for more than 300 ms/)
})

test('error answers of the node are no values and no blocks', async () => {
  const started = start({ urls: [proxy.url] })
  await started.untilSight('clear')
  proxy.lie = (method, _params, answer) =>
    method === 'eth_call' ? { error: { code: -32000, message: 'rate limit exceeded' } } : answer
  const hash = await count(anvil.url, 7n)
  await started.untilSight('blind', /rate limit exceeded/)
  expect(started.head()?.number).toBe(0n)
  proxy.lie = null
  await started.untilSight('clear')
  expectTruth(started, hash)
})

describe('a head that stands still', () => {
  let isStuck = false
  const stuckAt =
    (number: number): Lie =>
    (method, [tag], answer) => {
      if (!isStuck || method !== 'eth_getBlockByNumber' || !('result' in answer)) return answer
      const block = answer.result as Block | null
      if (block === null || Number(block.number) <= number) return answer
      return tag === 'latest' ? stuckAnswer : { result: null }
    }
  let stuckAnswer: ReturnType<Lie>

  beforeEach(async () => {
    isStuck = false
    stuckAnswer = { result: await send(anvil.url, 'eth_getBlockByNumber', '0x0', false) }
    proxy.lie = stuckAt(0)
  })

  test('of one of two is left out, behind, until it moves on', async () => {
    const started = start()
    await started.untilSight('clear')
    isStuck = true
    await count(anvil.url, 7n)
    await started.untilBlock(1n)
    expect(started.follower.sight().state).toBe('behind')
    expect(statesOf(started)).toEqual(['clear', 'behind'])
    isStuck = false
    await started.untilSight('clear')
  })

  test('of the only one is blindness, as soon as it is too old', async () => {
    const started = start({ urls: [proxy.url] }, { staleMs: 400 })
    await started.untilSight('clear')
    isStuck = true
    await send(anvil.url, 'anvil_mine', '0x3')
    await started.untilSight('blind', /no new block for more than 400 ms/)
    isStuck = false
    await started.untilBlock(3n)
    await started.untilSight('clear')
  })
})

describe('a provider on another chain', () => {
  test('is an error at the start, with both ids', async () => {
    proxy.lie = lieAbout('eth_chainId', () => '0x1')
    const { follower } = start()
    await expect(follower.done).rejects.toMatchObject({
      code: 'CHAIN_WRONG_ID',
      meta: { theirs: 1n, chainId: 31337n },
    })
  })

  test('that it was not on at the start makes blind', async () => {
    const started = start()
    await started.untilSight('clear')
    proxy.mode = { kind: 'drop' }
    await count(anvil.url, 7n)
    await started.untilBlock(1n)
    proxy.lie = lieAbout('eth_chainId', () => '0x1')
    proxy.mode = { kind: 'pass' }
    await count(anvil.url, 8n)
    await started.untilSight('blind', /is on chain 1, not on 31337/)
    proxy.lie = null
    await started.untilBlock(2n)
    await started.untilSight('clear')
  })
})

test('two honest providers at different speeds never make blind', async () => {
  proxy.mode = { kind: 'delay', delayMs: 60 }
  const started = start({ graceMs: 2_000 })
  await started.untilSight('clear')
  for (let value = 1n; value <= 5n; value++) await count(anvil.url, value)
  await started.untilBlock(5n)
  const states = started.sights().map(({ state }): Sight['state'] => state)
  expect(states).not.toContain('blind')
})

test('a provider that was never reachable is told from the start', async () => {
  proxy.mode = { kind: 'drop' }
  const started = start({ urls: [proxy.url] })
  await started.untilSight('blind', /no provider answers/)
  proxy.mode = { kind: 'pass' }
  await started.untilSight('clear')
  expect(started.head()?.number).toBe(0n)
})

test('a trusted header is labelled unverified, even where two agree', async () => {
  const started = start({ proof: 'trusted' })
  proxy.lie = lieAbout('eth_getBlockByNumber', (block: Block) => ({ ...block, sendRoot: '0x00' }))
  await count(anvil.url, 7n)
  await started.untilBlock(1n)
  expect(started.follower.sight()).toMatchObject({ state: 'clear', isUnverified: true })
  expect(started.blocks()[1]?.txs).toHaveLength(1)
})
