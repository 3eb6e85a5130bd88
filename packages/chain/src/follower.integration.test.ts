import { type Anvil, startAnvil } from '@breakwater/devchain'
import { toWord } from '@breakwater/kernel'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  COUNTER,
  COUNTER_TOPIC,
  count,
  createRecorder,
  openSource,
  placeCounter,
  type SourceSetup,
  send,
} from '../test/support.ts'
import { type Follower, type FollowOptions, follow } from './index.ts'

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
  ending.push(close, () => follower.stop())
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
