import { type BlockRef, createSeededRng, NO_NEEDS, pick, type Rng } from '@breakwater/kernel'
import { describe, expect, test } from 'vitest'
import {
  type Ailment,
  createTestNode,
  createVirtualClock,
  extend,
  type TestChain,
  type TestNode,
  type VirtualClock,
} from '../test/world.ts'
import { createReadPlan, createSource, type Follower, follow, type Sight, type Start } from './index.ts'

const SEEDS = Number(process.env.BREAKWATER_SEEDS ?? 150)
const TURMOIL_MS = 30_000
const HEALING_MS = 30_000

interface World {
  clock: VirtualClock
  rng: Rng
  nodes: readonly TestNode[]
  chain: TestChain
  follower: Follower | null
  /** What the sink holds to be the chain. */
  held: BlockRef[]
  /** How many of the first of them are final. */
  final: number
  sights: Sight[]
}

function createWorld(seed: number): World {
  const rng = createSeededRng(seed)
  const clock = createVirtualClock()
  const chain = extend({ blocks: [], final: 0 }, 3 + Math.floor(rng.next() * 100), 0)
  const labels = ['a', 'b', 'c'].slice(0, 1 + Math.floor(rng.next() * 3))
  const nodes = labels.map((label) => createTestNode(label, chain, clock, rng))
  const world: World = { clock, rng, nodes, chain, follower: null, held: [], final: 0, sights: [] }
  restart(world)
  return world
}

/** A new process on the blocks that the old one left behind: those since finality. */
function restart(world: World): void {
  const { clock, rng, nodes, held } = world
  const source = createSource(
    { chainId: 31337n, graceMs: 500, proof: 'recomputed' },
    { rpcs: nodes.map(({ rpc }) => rpc), plan: createReadPlan(NO_NEEDS), clock },
  )
  const [first, ...rest] = held.slice(Math.max(0, world.final - 1))
  const start: Start = first === undefined ? 0n : [first, ...rest]
  world.follower = follow({ start, finality: 'finalized', pollMs: 200, staleMs: 5_000 }, source, {
    async onBlock({ block }) {
      if (held.length > 0 && block.parentHash !== held.at(-1)?.hash)
        throw new Error(`gap before ${block.number}`)
      if (block.number !== BigInt(held.length))
        throw new Error(`${block.number} came as number ${held.length}`)
      held.push(block)
      if (rng.next() < 0.2) await clock.sleep(rng.next() * 300)
    },
    onReorg({ removed, to }) {
      for (const block of removed) {
        if (held.pop()?.hash !== block.hash) throw new Error(`${block.number} was removed out of order`)
      }
      if (held.length < world.final) throw new Error(`blocks above ${to.number} were final`)
      if (held.at(-1)?.hash !== to.hash) throw new Error(`the branch does not end at ${to.number}`)
    },
    onFinal(block) {
      if (held[Number(block.number)]?.hash !== block.hash)
        throw new Error(`${block.number} is final and unknown`)
      world.final = Number(block.number) + 1
    },
    onSight: (sight) => world.sights.push(sight),
  })
  world.follower.done.catch(() => {}) // looked at by whoever stops it
}

async function stop({ clock, follower }: World): Promise<void> {
  const stopping = follower?.stop()
  stopping?.catch(() => {})
  await clock.runUntil(() => false, clock.nowMs() + 6_000)
  await stopping
}

/** One thing that happens: blocks, reorganisations, finality, a node that fails. Nodes hear of it later. */
function disturb(world: World, round: number): void {
  const { rng, nodes, clock } = world
  const length = world.chain.blocks.length
  const event = rng.next()
  if (event < 0.5) world.chain = extend(world.chain, 1 + Math.floor(rng.next() * 3), round)
  else if (event < 0.7) {
    const depth = 1 + Math.floor(rng.next() * 5)
    const growth = rng.next() < 0.3 ? 0 : 1 + Math.floor(rng.next() * 3)
    const isAllowed = depth < length - world.chain.final
    if (isAllowed) world.chain = extend(world.chain, depth + growth, round, length - depth)
  } else if (event < 0.8) {
    world.chain = { ...world.chain, final: Math.max(world.chain.final, length - 1 - 12) }
  } else {
    const node = pick(rng, nodes)
    node.ailment = pick<Ailment>(rng, ['none', 'none', 'none', 'hang', 'error', 'garbage', 'forgery'])
    const fork = Math.max(node.chain.final + 1, node.chain.blocks.length - 4)
    if (node.ailment === 'forgery')
      node.chain = extend(node.chain, 1 + Math.floor(rng.next() * 6), round, fork)
  }
  const { chain } = world
  for (const node of nodes) {
    // What a node hears last may be older than what it knows.
    clock.schedule(rng.next() * 700, () => {
      if (node.ailment !== 'forgery') node.chain = chain
    })
  }
}

async function live(world: World): Promise<void> {
  const { clock, rng, nodes } = world
  for (let round = 1; clock.nowMs() < TURMOIL_MS; round++) {
    disturb(world, round)
    await clock.runUntil(() => false, clock.nowMs() + rng.next() * 1_500)
    if (rng.next() < 0.04) {
      await stop(world)
      restart(world)
    }
  }
  for (const node of nodes) node.ailment = 'none'
  await clock.runUntil(() => false, clock.nowMs() + 1_000)
  world.chain = extend(world.chain, 1, 0xffff)
  for (const node of nodes) node.chain = world.chain
}

describe('following through reorganisations, restarts, late, failing and forging nodes', () => {
  test(`ends on the chain, without a gap, for ${SEEDS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const world = createWorld(seed)
      await live(world)
      const { clock, held, nodes, sights, chain } = world
      const isThere = () =>
        held.at(-1)?.hash === chain.blocks.at(-1)?.hash && world.follower?.sight().state === 'clear'
      const arrived = await clock.runUntil(isThere, clock.nowMs() + HEALING_MS)
      const sight = world.follower?.sight()
      const where = `seed ${seed}: at ${held.length} of ${chain.blocks.length}, ${sight?.state} ${sight?.reason}`
      await stop(world) // throws what the sink threw
      expect(arrived, where).toBe(true)
      expect(held.map(({ hash }) => hash)).toEqual(chain.blocks.map(({ hash }) => hash))
      const requests = nodes.reduce((sum, node) => sum + node.requests, 0)
      expect(requests, `seed ${seed}: so many requests are a busy loop`).toBeLessThan(20_000)
      expect(sights.length, `seed ${seed}: the sight flickers`).toBeLessThan(200)
    }
  })
})
