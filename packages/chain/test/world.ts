import { BaseError, type Clock, type Hex, type Rng, ZERO_HASH } from '@breakwater/kernel'
import { headerHash, type Rpc } from '../src/index.ts'
import { EMPTY_TRIE_ROOT } from '../src/trie.ts'

/** A clock that moves when told to; promises settle between any two of its events. */
export interface VirtualClock extends Clock {
  /** Runs events in order of their time until the condition holds; `false` when `untilMs` came first. */
  runUntil(condition: () => boolean, untilMs: number): Promise<boolean>
}

export function createVirtualClock(): VirtualClock {
  const events: { atMs: number; order: number; task(): void }[] = []
  let [nowMs, order] = [0, 0]
  const schedule = (delayMs: number, task: () => void) => {
    const event = { atMs: nowMs + delayMs, order: order++, task }
    const at = events.findLastIndex(({ atMs }) => atMs <= event.atMs)
    events.splice(at + 1, 0, event)
    return () => {
      const index = events.indexOf(event)
      if (index >= 0) events.splice(index, 1)
    }
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    nowMs: () => nowMs,
    schedule,
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const end = () => {
          cancel()
          signal?.removeEventListener('abort', end)
          resolve()
        }
        const cancel = schedule(delayMs, end)
        signal?.addEventListener('abort', end)
      }),
    async runUntil(condition, untilMs) {
      for (;;) {
        await settle()
        if (condition()) return true
        const [event] = events
        if (event === undefined || event.atMs > untilMs) {
          nowMs = untilMs
          return condition()
        }
        events.shift()
        nowMs = event.atMs
        event.task()
      }
    },
  }
}

/** A block as a node gives it. */
export type RawBlock = Readonly<Record<string, unknown>> & { hash: Hex; parentHash: Hex; number: Hex }

/** A block without transactions, of any content that its salt makes of it, with the right hash. */
export function forgeBlock(number: bigint, parentHash: Hex, salt: number): RawBlock {
  const fields = {
    parentHash,
    sha3Uncles: `0x${'11'.repeat(32)}`,
    miner: `0x${'22'.repeat(20)}`,
    stateRoot: `0x${salt.toString(16).padStart(64, '0')}`,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: `0x${'00'.repeat(256)}`,
    difficulty: '0x0',
    number: `0x${number.toString(16)}` as Hex,
    gasLimit: '0x1c9c380',
    gasUsed: '0x0',
    timestamp: `0x${(1_700_000_000n + number).toString(16)}`,
    extraData: '0x',
    mixHash: ZERO_HASH,
    nonce: '0x0000000000000000',
    baseFeePerGas: '0x7',
  }
  return { ...fields, hash: headerHash(fields), transactions: [] }
}

/** A chain in memory: what a node that follows it would know. */
export interface TestChain {
  blocks: readonly RawBlock[]
  final: number
}

export function extend(chain: TestChain, count: number, salt: number, from = chain.blocks.length): TestChain {
  const blocks = chain.blocks.slice(0, from)
  for (let i = 0; i < count; i++) {
    blocks.push(forgeBlock(BigInt(blocks.length), blocks.at(-1)?.hash ?? ZERO_HASH, salt))
  }
  return { blocks, final: chain.final }
}

/** `forgery`: it follows a branch of its own, well formed, and hears of nothing else. */
export type Ailment = 'none' | 'hang' | 'error' | 'garbage' | 'forgery'

/** A node in memory. What it does to requests can be changed at any time. */
export interface TestNode {
  rpc: Rpc
  chain: TestChain
  ailment: Ailment
  requests: number
}

export function createTestNode(label: string, chain: TestChain, clock: Clock, rng: Rng): TestNode {
  const answer = (method: string, [tag]: readonly unknown[]): unknown => {
    const { blocks, final } = node.chain
    if (method === 'eth_chainId') return '0x7a69'
    if (method !== 'eth_getBlockByNumber') throw new Error(`unexpected ${method}`)
    const at = tag === 'latest' ? blocks.length - 1 : tag === 'finalized' ? final : Number(tag)
    return blocks[at] ?? null
  }
  const request: Rpc['request'] = (method, params, signal) =>
    new Promise((resolve, reject) => {
      node.requests++
      const end = (settle: () => void) => () => {
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const onAbort = end(() => reject(signal?.reason))
      const fail = (code: string) =>
        end(() => reject(new BaseError(code, `${label}: ${method} failed`, { retry: 'later' })))
      signal?.addEventListener('abort', onAbort)
      clock.schedule(1 + rng.next() * 40, () => {
        if (node.ailment === 'hang') clock.schedule(5_000, fail('CHAIN_RPC_TIMEOUT'))
        else if (node.ailment === 'error') fail('CHAIN_RPC_HTTP')()
        else end(() => resolve(node.ailment === 'garbage' ? { hash: 7 } : answer(method, params)))()
      })
    })
  const node: TestNode = { rpc: { label, request, close() {} }, chain, ailment: 'none', requests: 0 }
  return node
}
