import {
  type Address,
  type BlockRef,
  type CallRead,
  type Clock,
  type Hex,
  type Needs,
  NO_NEEDS,
  toWord,
} from '@breakwater/kernel'
import {
  type BlockFacts,
  connectRpc,
  createReadPlan,
  createSource,
  type Proof,
  type Rpc,
  type Sight,
  type Sink,
  type Source,
} from '../src/index.ts'

/** The machine's clock. */
export const clock: Clock = {
  nowMs: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
  sleep: (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, delayMs)
      signal?.addEventListener('abort', end)
    }),
}

/** Calls a node as an operator would, outside of what is tested. */
export async function send(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  const rpc = connectRpc(url)
  try {
    return await rpc.request(method, params)
  } finally {
    rpc.close()
  }
}

export const COUNTER: Address = `0x${'c0'.repeat(20)}`
export const COUNTER_TOPIC: Hex = `0x${'ab'.repeat(32)}`
/** With a word of calldata: stores it and logs it. Without: returns the stored word. */
const COUNTER_CODE: Hex = `0x36600c575f545f5260205ff35b5f355f55365f5f377f${COUNTER_TOPIC.slice(2)}365fa100`

/** Puts the counter on a node; no transaction is needed. */
export const placeCounter = (url: string) => send(url, 'anvil_setCode', COUNTER, COUNTER_CODE)

/** A transaction that makes the counter log and store `value`. */
export async function count(url: string, value: bigint, from?: string): Promise<Hex> {
  const accounts = from === undefined ? ((await send(url, 'eth_accounts')) as string[]) : [from]
  const transaction = { from: accounts[0], to: COUNTER, data: toWord(value), gas: '0x30d40' }
  return (await send(url, 'eth_sendTransaction', transaction)) as Hex
}

export const counterRead: CallRead = { id: 'counter()', to: COUNTER, data: '0x', word: 0, type: 'uint' }
export const counterNeeds: Needs = {
  ...NO_NEEDS,
  calls: [counterRead],
  series: [{ id: 'counted', address: COUNTER, topic0: COUNTER_TOPIC, where: [], add: null }],
}
export const counterPlan = createReadPlan(counterNeeds)

export interface SourceSetup {
  /** One provider each; `http://… ws://…` is one with announcements of its own. */
  urls: readonly string[]
  graceMs?: number
  timeoutMs?: number
  proof?: Proof
  chainId?: bigint
  plan?: typeof counterPlan
}

export function openSource(setup: SourceSetup): { source: Source; rpcs: readonly Rpc[]; close(): void } {
  const {
    urls,
    graceMs = 300,
    timeoutMs = 2_000,
    proof = 'recomputed',
    chainId = 31337n,
    plan = counterPlan,
  } = setup
  const rpcs = urls.map((url) => {
    const [requests = '', announcementsUrl] = url.split(' ')
    return connectRpc(requests, {
      timeoutMs,
      ...(announcementsUrl === undefined ? {} : { announcementsUrl }),
    })
  })
  const source = createSource({ chainId, graceMs, proof }, { rpcs, plan, clock })
  const close = () => {
    for (const rpc of rpcs) rpc.close()
  }
  return { source, rpcs, close }
}

export type Told =
  | { kind: 'block'; facts: BlockFacts; atMs: number }
  | { kind: 'reorg'; removed: readonly BlockRef[]; to: BlockRef }
  | { kind: 'final'; block: BlockRef }
  | { kind: 'sight'; sight: Sight }

/** A sink that keeps what it is told, checks that blocks never leave a gap, and can be waited for. */
export function createRecorder() {
  const told: Told[] = []
  const waiting = new Set<() => void>()
  let head: BlockRef | null = null
  let failure: unknown = null
  const add = (event: Told) => {
    told.push(event)
    for (const check of [...waiting]) check()
  }
  const sink: Sink = {
    onBlock(facts) {
      if (head !== null && facts.block.parentHash !== head.hash) {
        throw new Error(`block ${facts.block.number} does not follow ${head.number}`)
      }
      head = facts.block
      add({ kind: 'block', facts, atMs: performance.now() })
    },
    onReorg(change) {
      head = change.to
      add({ kind: 'reorg', ...change })
    },
    onFinal: (block) => add({ kind: 'final', block }),
    onSight: (sight) => add({ kind: 'sight', sight }),
  }
  const blocks = () => told.flatMap((event) => (event.kind === 'block' ? [event.facts] : []))
  const sights = () => told.flatMap((event) => (event.kind === 'sight' ? [event.sight] : []))
  /** Resolves as soon as the condition holds. */
  const until = (what: string, condition: () => boolean, deadlineMs = 20_000): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (error?: unknown) => {
        clearTimeout(timer)
        waiting.delete(check)
        if (error === undefined) resolve()
        else reject(error)
      }
      const check = () => {
        if (failure !== null) end(failure)
        else if (condition()) end()
      }
      const timer = setTimeout(() => {
        const last = sights().at(-1)
        const seen = `${told.length} events, head ${head?.number}, sight ${last?.state} ${last?.reason}`
        end(new Error(`not within ${deadlineMs} ms: ${what}; ${seen}`))
      }, deadlineMs)
      waiting.add(check)
      check()
    })
  return {
    sink,
    told,
    blocks,
    sights,
    head: () => head,
    until,
    untilBlock: (number: bigint, deadlineMs?: number) =>
      until(`block ${number}`, () => head !== null && head.number >= number, deadlineMs),
    untilSight(state: Sight['state'], reason = /(?:)/, deadlineMs?: number) {
      const holds = () => {
        const last = sights().at(-1)
        return last !== undefined && last.state === state && reason.test(last.reason)
      }
      return until(`sight ${state} ${reason}`, holds, deadlineMs)
    },
    /** Ends all waiting with this error. */
    fail(error: unknown) {
      failure = error
      for (const check of [...waiting]) check()
    },
  }
}
