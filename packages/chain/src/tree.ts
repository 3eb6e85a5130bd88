import { assert, BaseError, type BlockRef, type Hex } from '@breakwater/kernel'

/** What changes when the head moves to another block. */
export interface Reorganisation {
  /** Blocks that left the canonical branch, the newest first. */
  removed: readonly BlockRef[]
  /** Blocks that joined it, the oldest first. */
  added: readonly BlockRef[]
}

/**
 * Blocks since finality, and which of them are on the canonical branch. Its root is the newest final block: nothing
 * below is kept, and no other branch can start there.
 */
export interface BlockTree {
  readonly root: BlockRef
  readonly head: BlockRef
  get(hash: Hex): BlockRef | undefined
  /** The canonical block at a height from the root to the head. */
  at(number: bigint): BlockRef | undefined
  /**
   * Adds a block whose parent is here; the head stays. A block that is here already changes nothing.
   * @throws CHAIN_UNLINKED when its parent is not here or has another height than one less.
   */
  insert(block: BlockRef): void
  /**
   * Makes a block the head.
   * @throws CHAIN_UNLINKED when it is not here.
   */
  moveTo(hash: Hex): Reorganisation
  /**
   * Makes a canonical block the root and forgets what does not descend from it; a block below the root changes
   * nothing.
   * @throws CHAIN_FINALITY_CONFLICT when another block is canonical at its height.
   */
  finalize(block: BlockRef): void
  /** How many blocks are kept. */
  readonly size: number
}

export function createTree(root: BlockRef): BlockTree {
  const blocks = new Map<Hex, BlockRef>([[root.hash, root]])
  /** The canonical branch, root first. */
  let branch = [root]
  const rootNumber = () => (branch[0] as BlockRef).number
  const at = (number: bigint) => branch[Number(number - rootNumber())]
  return {
    get root() {
      return branch[0] as BlockRef
    },
    get head() {
      return branch[branch.length - 1] as BlockRef
    },
    get size() {
      return blocks.size
    },
    get: (hash) => blocks.get(hash),
    at,
    insert(block) {
      if (blocks.has(block.hash)) return
      if (blocks.get(block.parentHash)?.number !== block.number - 1n) throw unlinked(block.number, block.hash)
      blocks.set(block.hash, block)
    },
    moveTo(hash) {
      const added: BlockRef[] = []
      let block = blocks.get(hash)
      if (block === undefined) throw unlinked(null, hash)
      while (at(block.number)?.hash !== block.hash) {
        added.unshift(block)
        block = blocks.get(block.parentHash)
        assert(block !== undefined, 'every block but the root has its parent in the tree')
      }
      const removed = branch.splice(Number(block.number - rootNumber()) + 1).reverse()
      branch.push(...added)
      return { removed, added }
    },
    finalize(block) {
      if (block.number <= rootNumber()) return
      const ours = at(block.number)
      if (ours?.hash !== block.hash) throw finalityConflict(block, ours)
      branch = branch.slice(Number(block.number - rootNumber()))
      for (const { hash, number } of blocks.values()) {
        const isDescendant = number > block.number || hash === block.hash
        if (!isDescendant) blocks.delete(hash)
      }
      dropUnlinked(blocks, block.hash)
    },
  }
}

/** Of what is above the root, keeps only what descends from it. */
function dropUnlinked(blocks: Map<Hex, BlockRef>, root: Hex): void {
  const above = [...blocks.values()].sort((a, b) => (a.number < b.number ? -1 : 1))
  for (const { hash, parentHash } of above) {
    if (hash !== root && !blocks.has(parentHash)) blocks.delete(hash)
  }
}

function unlinked(number: bigint | null, hash: Hex): BaseError {
  const name = number === null ? hash : `${number} (${hash})`
  return new BaseError('CHAIN_UNLINKED', `block ${name} has no parent in the tree`, {
    meta: { number, hash },
  })
}

/** CHAIN_FINALITY_CONFLICT: the providers call a block final that their own chain does not have. */
export function finalityConflict(block: BlockRef, ours: BlockRef | undefined): BaseError {
  return new BaseError(
    'CHAIN_FINALITY_CONFLICT',
    `block ${block.number} is final as ${block.hash}, but ${ours?.hash ?? 'nothing'} was followed`,
    {
      meta: { number: block.number, final: block.hash, followed: ours?.hash ?? null },
      hint: 'a provider lies about finality, or the branch that was followed lost: see the providers',
      retry: 'later',
    },
  )
}

/** CHAIN_REORG_TOO_DEEP: the chain of the providers does not contain the newest final block. */
export function reorgTooDeep(root: BlockRef, theirs: Hex | null): BaseError {
  return new BaseError(
    'CHAIN_REORG_TOO_DEEP',
    `block ${root.number} was final as ${root.hash}, but the providers have ${theirs ?? 'no such block'} there`,
    {
      meta: { number: root.number, final: root.hash, theirs },
      hint: 'finality was contradicted, or the providers follow another chain: compare with an independent node',
      retry: 'later',
    },
  )
}
