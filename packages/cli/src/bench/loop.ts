import { readFile } from 'node:fs/promises'
import { connectRpc, createReadPlan, createSource, readRange } from '@breakwater/chain'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { createTimeline } from '@breakwater/detect'
import { createWorld, type Fleet, guardianAddresses, startFleet, type World } from '@breakwater/drills'
import { BaseError, type Facts, type Hex } from '@breakwater/kernel'
import { type GuardianEvent, systemClock } from '@breakwater/node'
import { encodeFunctionData } from 'viem'
import { benchFold } from './fold.ts'
import { type Measure, quantile } from './measure.ts'

export interface LoopOptions {
  /** How many certificates are timed. */
  incidents: number
  onProgress(text: string): void
}

const SEED = 1
const GUARDIANS = 4
/** Blocks of market before anything is timed. */
const MARKET_BLOCKS = 150

/** The whole loop with four guardians in this process: from a block to the certificate over its action. */
export async function benchLoop({ incidents, onProgress }: LoopOptions): Promise<Measure[]> {
  onProgress('starting')
  const startMs = performance.now()
  const world = await createWorld({ seed: SEED, guardians: guardianAddresses(SEED, GUARDIANS) })
  const fleet = await startFleet(SEED, world, { size: GUARDIANS, http: true })
  try {
    await nextBlock(world, fleet)
    const startSeconds = (performance.now() - startMs) / 1000
    onProgress('a market')
    for (let i = 0; i < MARKET_BLOCKS; i++) {
      world.moveMarket(1)
      await world.enqueue()
      await nextBlock(world, fleet)
    }
    onProgress('reading the chain again')
    const { blocksPerSecond, blocks, values } = await benchBlocks(world)
    const samples = await timeCertificates(world, fleet, incidents, onProgress)
    const pauseGas = await timePause(world, fleet)
    const peak = await peakMiB(world)
    onProgress('folding logs')
    return [
      { name: 'loop.certificate.p50', unit: 'ms', value: round(quantile(samples, 0.5)), n: samples.length },
      { name: 'loop.certificate.p99', unit: 'ms', value: round(quantile(samples, 0.99)), n: samples.length },
      { name: 'loop.blocksPerSecond', unit: '1/s', value: round(blocksPerSecond), n: blocks },
      ...benchFold(world, values),
      { name: 'loop.pauseGas', unit: 'gas', value: pauseGas, n: 1 },
      { name: 'loop.startSeconds', unit: 's', value: round(startSeconds), n: 1 },
      { name: 'loop.peakMiB', unit: 'MiB', value: round(peak), n: 1 },
    ]
  } finally {
    await fleet.stop()
    await world.stop()
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

/** Mines a block and waits until every guardian has judged it. */
async function nextBlock(world: World, fleet: Fleet): Promise<void> {
  const block = world.startBlock + BigInt(world.ticks) + 1n
  const judged = fleet.guardians.map((_, index) =>
    nextEvent(fleet, [index], `block ${block}`, (event) =>
      event.type === 'block' && event.number >= block ? event.number : null,
    ),
  )
  await world.mine(1)
  await Promise.all(judged)
}

/** Far more than any of it takes. */
const PATIENCE_MS = 30_000

/** The first thing picked from what these guardians tell. */
function nextEvent<T>(
  fleet: Fleet,
  guardians: readonly number[],
  what: string,
  pick: (event: GuardianEvent) => T | null,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      for (const unsubscribe of unsubscribes) unsubscribe?.()
    }
    const timer = setTimeout(() => {
      end()
      reject(stuck(what))
    }, PATIENCE_MS)
    const unsubscribes = guardians.map((index) =>
      fleet.guardians[index]?.events.subscribe((event) => {
        const picked = pick(event)
        if (picked === null) return
        end()
        resolve(picked)
      }),
    )
  })
}

function stuck(what: string): BaseError {
  return new BaseError('BENCH_STUCK', `no guardian told of ${what} within ${PATIENCE_MS / 1000} s`, {
    meta: { what, timeoutMs: PATIENCE_MS },
    hint: 'the machine may be overloaded: close other programs and measure again',
    retry: 'later',
  })
}

const EVERYBODY = Array.from({ length: GUARDIANS }, (_, index) => index)
const certifiedAtMs = (event: GuardianEvent) =>
  event.type === 'incident' && event.incident.status === 'certified' ? performance.now() : null
const carriedBy = (event: GuardianEvent) => (event.type === 'carried' ? event.txHash : null)

/** All dollars vanish from the perpetuals: claims are not covered, whatever fees have come in. */
async function breakBooks({ node, harbor }: World): Promise<void> {
  await node.fund([harbor.perps])
  const [dollars] = await node.read([
    { to: harbor.usdc, abi: testDollarAbi, name: 'balanceOf', args: [harbor.perps] },
  ])
  const data = encodeFunctionData({
    abi: testDollarAbi,
    functionName: 'transfer',
    args: [harbor.owner, dollars as bigint],
  })
  await node.send({ from: harbor.perps, to: harbor.usdc, data })
}

/**
 * Breaks the books again and again: each time the chain goes back to where it was, which is a reorganisation, and the
 * guardians certify another action. Timed from the moment that the node is told to mine the block, before it has.
 */
async function timeCertificates(
  world: World,
  fleet: Fleet,
  count: number,
  onProgress: (text: string) => void,
): Promise<number[]> {
  const samples: number[] = []
  for (let i = 0; i < count; i++) {
    const snapshot = await world.node.request('evm_snapshot')
    await breakBooks(world)
    const certified = nextEvent(fleet, EVERYBODY, 'a certificate', certifiedAtMs)
    const startMs = performance.now()
    await world.node.mine(world.timestampSeconds + BigInt(1 + i))
    samples.push((await certified) - startMs)
    await world.node.request('evm_revert', [snapshot])
    onProgress(`${i + 1} of ${count} certificates`)
  }
  return samples
}

/** The gas of the transaction that pauses. */
async function timePause(world: World, fleet: Fleet): Promise<number> {
  await breakBooks(world)
  const carried = nextEvent(fleet, EVERYBODY, 'a transaction that pauses', carriedBy)
  await world.node.mine(world.timestampSeconds + 1000n)
  const txHash = await carried
  await world.node.mine(world.timestampSeconds + 1001n)
  const receipt = (await world.node.request('eth_getTransactionReceipt', [txHash])) as {
    gasUsed: Hex
    status: Hex
  }
  return receipt.status === '0x1' ? Number(receipt.gasUsed) : Number.NaN
}

/** The chain so far, read and folded by a guardian that was away. */
async function benchBlocks(world: World) {
  const { spec } = world.harbor
  const timeline = createTimeline(spec)
  const rpc = connectRpc(world.anvil.url)
  const options = { chainId: spec.chainId, graceMs: 1000, proof: 'recomputed' as const }
  const source = createSource(options, {
    rpcs: [rpc],
    plan: createReadPlan(timeline.needs),
    clock: systemClock,
  })
  const to = world.startBlock + BigInt(world.ticks)
  const startMs = performance.now()
  let values: Facts['calls'] = new Map()
  for await (const facts of readRange(source, world.startBlock, to, new AbortController().signal)) {
    timeline.advance({ ...facts, observed: { atMs: 0, refs: new Map() } })
    values = facts.calls
  }
  rpc.close()
  const blocks = Number(to - world.startBlock) + 1
  return { blocks, values, blocksPerSecond: (1000 * blocks) / (performance.now() - startMs) }
}

/** This process and the chain's node, each at its largest (Linux tells of the node; elsewhere it counts as 0). */
async function peakMiB({ anvil }: World): Promise<number> {
  const status = await readFile(`/proc/${anvil.pid}/status`, 'utf8').catch(() => '')
  const nodeKiB = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0)
  return (process.resourceUsage().maxRSS + nodeKiB) / 1024
}
