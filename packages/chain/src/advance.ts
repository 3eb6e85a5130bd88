import { BaseError, type BlockRef } from '@breakwater/kernel'
import { type Following, refreshSight, tell } from './following.ts'
import { READ_AHEAD } from './history.ts'
import { blockText } from './plan.ts'
import { readAhead } from './readAhead.ts'
import type { AgreedBlock } from './source.ts'
import { findPlace, readFinal } from './start.ts'
import { type BlockTree, finalityConflict, reorgTooDeep } from './tree.ts'

/**
 * Goes on as far as the known heads allow. Resolves to whether there is nothing left to do.
 * @throws what keeps it from going on; nothing was skipped then.
 */
export async function step(following: Following): Promise<boolean> {
  const { source, tree } = following
  const top = source.panel.top()
  if (tree === null) {
    if (top !== null) await place(following, top.ref.number)
    return top === null
  }
  if (following.trouble?.code === 'CHAIN_FINALITY_CONFLICT') await readFinality(following, tree)
  const { finalized } = following
  if (finalized !== null && isElsewhere(tree, finalized)) {
    // Our branch lost while nobody told us. If the providers deny that, they contradict themselves.
    if (!(await reorganise(following, tree, finalized.number))) {
      throw finalityConflict(finalized, tree.at(finalized.number))
    }
    return false
  }
  const stray = source.panel.stray(tree)
  if (stray !== null) {
    await reorganise(following, tree, stray.number)
    source.panel.forgetStrays(tree)
    return false
  }
  const isBehind = top !== null && top.ref.number > tree.head.number
  if (isBehind) await advance(following, tree, top.ref.number)
  if (source.clock.nowMs() - following.finalityReadAtMs >= following.options.pollMs) {
    await readFinality(following, tree)
  }
  return !isBehind
}

/** Finds the place from which to go on. */
async function place(following: Following, top: bigint): Promise<void> {
  const { source, options, signal } = following
  const final = await readFinal(source, options.finality, top, signal)
  const { tree, lost } = await findPlace(source, options.start, top, final, signal)
  if (lost.length > 0) await tell(following, (sink) => sink.onReorg({ removed: lost, to: tree.root }))
  following.tree = tree
  following.finalized = final
  following.hasStarted = typeof options.start === 'object'
  for (const [label, { head }] of source.panel.members) {
    if (head !== null) source.panel.heard(label, head, tree)
  }
}

async function advance(following: Following, tree: BlockTree, to: bigint): Promise<void> {
  const { source, signal } = following
  for await (const block of readAhead(tree.head.number + 1n, to, READ_AHEAD, source.block, signal)) {
    const { parentHash } = block.facts.block
    if (parentHash === tree.head.hash) await deliver(following, tree, block)
    else if (await reorganise(following, tree, tree.head.number)) return
    else throw unlinked(block.facts.block, tree.head)
  }
}

async function deliver(
  following: Following,
  tree: BlockTree,
  { facts, isUnverified }: AgreedBlock,
): Promise<void> {
  tree.insert(facts.block)
  tree.moveTo(facts.block.hash)
  following.hasStarted = true
  following.trouble = null
  following.movedAtMs = following.source.clock.nowMs()
  following.isUnverified = isUnverified
  refreshSight(following)
  await tell(following, (sink) => sink.onBlock(facts))
  // It was read after that finality was heard of: what is canonical below a final block is final.
  const isFinal = following.finalized !== null && facts.block.number < following.finalized.number
  await finalize(following, tree, isFinal ? facts.block : following.finalized)
}

/**
 * Goes back to where the providers' chain and ours part, looking from a height downwards. Resolves to whether they
 * part at all at or below that height.
 * @throws CHAIN_REORG_TOO_DEEP when they part below the newest final block.
 */
async function reorganise(following: Following, tree: BlockTree, from: bigint): Promise<boolean> {
  const { source, signal } = following
  let number = from
  let theirs: BlockRef | null = null
  while (tree.at(number) !== undefined && number >= 0n) {
    theirs = (await source.header(number, signal)).ref
    if (theirs.hash === tree.at(number)?.hash) break
    number -= 1n
  }
  if (number === from) return false
  const to = tree.at(number)
  if (to === undefined || number < 0n) throw reorgTooDeep(tree.root, theirs?.hash ?? null)
  const { removed } = tree.moveTo(to.hash)
  await tell(following, (sink) => sink.onReorg({ removed, to }))
  return true
}

async function readFinality(following: Following, tree: BlockTree): Promise<void> {
  const { source, options, signal } = following
  following.finalityReadAtMs = source.clock.nowMs()
  if (typeof options.finality === 'number') return
  try {
    following.finalized = await readFinal(source, options.finality, tree.head.number, signal)
    following.finalityTrouble = null
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    following.finalityTrouble = error
  }
  const { finalized } = following
  if (finalized !== null && !isElsewhere(tree, finalized)) await finalize(following, tree, finalized)
}

/**
 * Tells what became final and forgets what is below. A final block above the head says nothing yet: the head may be
 * on a branch that lost.
 * @throws CHAIN_FINALITY_CONFLICT when the final block is not the one that was followed.
 */
async function finalize(following: Following, tree: BlockTree, final: BlockRef | null): Promise<void> {
  const { finality } = following.options
  const reached = typeof finality === 'number' ? tree.at(tree.head.number - BigInt(finality)) : final
  if (reached === undefined || reached === null) return
  if (reached.number > tree.head.number || reached.number <= tree.root.number) return
  tree.finalize(reached)
  await tell(following, (sink) => sink.onFinal(reached))
}

function isElsewhere(tree: BlockTree, block: BlockRef): boolean {
  const ours = tree.at(block.number)
  return ours !== undefined && ours.hash !== block.hash
}

function unlinked(block: BlockRef, head: BlockRef): BaseError {
  return new BaseError(
    'CHAIN_UNLINKED',
    `block ${blockText(block)} does not follow ${blockText(head)}, which is still on the chain`,
    {
      meta: { number: block.number, hash: block.hash, head: head.hash },
      hint: 'the provider answers from nodes that do not agree',
      retry: 'later',
    },
  )
}
