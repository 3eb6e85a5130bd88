import { assert, type BlockRef, ZERO_HASH } from '@breakwater/kernel'
import { READ_AHEAD } from './history.ts'
import { readAhead } from './readAhead.ts'
import type { Source } from './source.ts'
import { type BlockTree, createTree, reorgTooDeep } from './tree.ts'

/**
 * Where to begin: at the newest block, at a number, or behind the blocks that the sink knows already: consecutive,
 * the oldest first, from a final one on. These are the ones that a reorganisation can take back.
 */
export type Start = 'latest' | bigint | readonly [BlockRef, ...BlockRef[]]

/** `finalized`: what the node calls so. A number, for chains without that tag: so many blocks below the newest. */
export type Finality = 'finalized' | number

export interface Place {
  /** From a final block to the one before the next to deliver. */
  tree: BlockTree
  /** Blocks that the sink knows and that are not known to be on any branch from the tree; the newest first. */
  lost: readonly BlockRef[]
}

/** What is before the first block. */
const BEFORE_GENESIS: BlockRef = { number: -1n, hash: ZERO_HASH, parentHash: ZERO_HASH, timestampSeconds: 0n }

/** The newest final block, when the newest block of all is `top`. */
export async function readFinal(
  source: Source,
  finality: Finality,
  top: bigint,
  signal: AbortSignal,
): Promise<BlockRef> {
  if (finality === 'finalized') return (await source.finalHeader(signal)).ref
  const number = top - BigInt(finality)
  return (await source.header(number > 0n ? number : 0n, signal)).ref
}

/**
 * Finds the place in the chain from which to go on.
 * @throws the errors of `Source`; CHAIN_REORG_TOO_DEEP when the oldest block that the sink knows lies below finality
 * and is not on the chain.
 */
export async function findPlace(
  source: Source,
  start: Start,
  top: bigint,
  final: BlockRef,
  signal: AbortSignal,
): Promise<Place> {
  if (typeof start === 'object') return resume(source, start, final, signal)
  const first = start === 'latest' ? top : start
  return { tree: await readTree(source, final, first - 1n, signal), lost: [] }
}

async function resume(
  source: Source,
  known: readonly [BlockRef, ...BlockRef[]],
  final: BlockRef,
  signal: AbortSignal,
): Promise<Place> {
  const [oldest] = known
  if (oldest.number <= final.number) {
    const { ref } = await source.header(oldest.number, signal)
    if (ref.hash !== oldest.hash) throw reorgTooDeep(oldest, ref.hash)
    return { tree: grow(createTree(oldest), known), lost: [] }
  }
  const tree = await readTree(source, final, oldest.number - 1n, signal)
  if (tree.get(oldest.parentHash) !== undefined) return { tree: grow(tree, known), lost: [] }
  // The branch left the chain below the oldest known block: all of it is gone, and where to is not known.
  return { tree: createTree(tree.root), lost: known.toReversed() }
}

/** The canonical blocks from the newest final one, at most `last`, to `last`. */
async function readTree(
  source: Source,
  final: BlockRef,
  last: bigint,
  signal: AbortSignal,
): Promise<BlockTree> {
  if (last < 0n) return createTree(BEFORE_GENESIS)
  if (last <= final.number) return createTree((await source.header(last, signal)).ref)
  const tree = createTree(final)
  const headers = readAhead(final.number + 1n, last, READ_AHEAD, source.header, signal)
  for await (const { ref } of headers) {
    tree.insert(ref)
    tree.moveTo(ref.hash)
  }
  return tree
}

function grow(tree: BlockTree, known: readonly BlockRef[]): BlockTree {
  for (const block of known) {
    if (block.number <= tree.root.number) continue
    tree.insert(block)
    tree.moveTo(block.hash)
  }
  assert(tree.head.hash === known.at(-1)?.hash, 'known blocks are consecutive')
  return tree
}
