/**
 * The past of a block on its own branch: cumulative sums and kept values, one node per block, shared by all
 * branches that grow from it. A node finds any ancestor in O(log n) through one jump pointer
 * (E. W. Myers, "An applicative random-access stack", Information Processing Letters 17, 1983).
 * @module
 */
import {
  assert,
  type BlockRef,
  compare,
  type Facts,
  type History,
  type Known,
  known,
  type Needs,
  type Quantity,
  unknown,
  type Values,
} from '@breakwater/kernel'
import { createTally } from './tally.ts'

/** One block. The links are cut when no window can reach behind it any more; all else never changes. */
export interface PastNode {
  readonly block: BlockRef
  readonly depth: number
  parent: PastNode | null
  /** An ancestor further back; `null` only where `parent` is. */
  jump: PastNode | null
  /** Sum of each series from the first watched block to this one. */
  readonly sums: readonly bigint[]
  /** Results of the kept ids in this block. */
  kept: readonly Known<Quantity>[]
  /** By kept id: from which block on it has been known up to this one; `null` where it is not. */
  knownSince: readonly (PastNode | null)[]
  /** Extremes over (jump, this] by id, computed when first asked for. */
  readonly extremes: Map<string, Known<Quantity>>
}

export interface Past {
  /**
   * A block on top of its parent (`null` for the first watched one). `values` is read while it is being filled:
   * a named value may ask for the past of those before it.
   */
  grow(parent: PastNode | null, facts: Facts, values: Values): Growing
  /** Frees what lies more than the longest window before `node`. Other branches must be gone already. */
  trim(node: PastNode): void
}

/** A block whose named values are still being computed. */
export interface Growing {
  history: History
  /** The block's node, once `values` is complete. */
  finish(): PastNode
}

export function createPast(needs: Needs): Past {
  const tally = createTally(needs.series)
  const seriesIndex = new Map(needs.series.map((series, index) => [series.id, index]))
  const keptIndex = new Map(needs.past.map((id, index) => [id, index]))
  return {
    grow(parent, facts, values) {
      const node: PastNode = {
        block: facts.block,
        depth: parent === null ? 0 : parent.depth + 1,
        parent,
        jump: jumpOf(parent),
        sums: tally(facts).map((sum, index) => (parent?.sums[index] ?? 0n) + sum),
        kept: [],
        knownSince: [],
        extremes: new Map(),
      }
      const current = (id: string) => values.get(id) ?? facts.calls.get(id) ?? unknown('unsupported')
      return {
        history: createHistory(node, current, seriesIndex, keptIndex),
        finish() {
          node.kept = needs.past.map((id, index) => share(parent?.kept[index], current(id)))
          node.knownSince = sinceWhen(node, parent)
          return node
        },
      }
    },
    trim(node) {
      let old = ancestorAt(node, node.block.timestampSeconds - BigInt(needs.windowSeconds))
      while (old !== null) {
        const { parent } = old
        old.parent = null
        old.jump = null
        old = parent
      }
    },
  }
}

function jumpOf(parent: PastNode | null): PastNode | null {
  const jump = parent?.jump
  if (!parent || !jump) return parent
  const next = jump.jump
  return next !== null && parent.depth - jump.depth === jump.depth - next.depth ? next : parent
}

/** The block before's object where nothing changed: most values stay the same for long. */
function share(before: Known<Quantity> | undefined, now: Known<Quantity>): Known<Quantity> {
  if (before === undefined) return now
  if (before.ok && now.ok) return compare(before.value, now.value) === 0 ? before : now
  return !before.ok && !now.ok && before.reason === now.reason ? before : now
}

/** The parent's own list where nothing changed, which is nearly always. */
function sinceWhen(node: PastNode, parent: PastNode | null): readonly (PastNode | null)[] {
  const since = node.kept.map(({ ok }, index) => (ok ? (parent?.knownSince[index] ?? node) : null))
  return parent !== null && since.every((from, index) => from === parent.knownSince[index])
    ? parent.knownSince
    : since
}

/** The last block at or before a time; `null` when it was not watched or is cut off. */
function ancestorAt(node: PastNode, timestampSeconds: bigint): PastNode | null {
  let at: PastNode | null = node
  while (at !== null && at.block.timestampSeconds > timestampSeconds) {
    at = at.jump !== null && at.jump.block.timestampSeconds > timestampSeconds ? at.jump : at.parent
  }
  return at
}

function oldestOf(node: PastNode): PastNode {
  let at = node
  while (at.jump !== null) at = at.jump
  return at
}

function createHistory(
  node: PastNode,
  current: (id: string) => Known<Quantity>,
  seriesIndex: ReadonlyMap<string, number>,
  keptIndex: ReadonlyMap<string, number>,
): History {
  const start = (windowSeconds: number) =>
    ancestorAt(node, node.block.timestampSeconds - BigInt(windowSeconds))
  /** Nothing happened before the chain's first block, so a window that reaches beyond it is whole. */
  const isWhole = (base: PastNode | null) => base !== null || oldestOf(node).block.number === 0n
  const sumSince = (base: PastNode | null, series: string) => {
    const index = indexIn(seriesIndex, series)
    return (node.sums[index] ?? 0n) - (base?.sums[index] ?? 0n)
  }
  const keptIn = (base: PastNode | null, id: string) => {
    const index = indexIn(keptIndex, id)
    if (base === node) return current(id)
    return base?.kept[index] ?? unknown('warming')
  }
  const sinceOf = (id: string) => node.parent?.knownSince[indexIn(keptIndex, id)] ?? node
  return {
    sum(series, windowSeconds) {
      const base = start(windowSeconds)
      return isWhole(base) ? known(sumSince(base, series)) : unknown('warming')
    },
    ago: (id, windowSeconds) => keptIn(start(windowSeconds), id),
    stretch(ids, windowSeconds) {
      const whole = start(windowSeconds)
      const isKnown = (base: PastNode) => ids.every((id) => keptIn(base, id).ok)
      const isWhole = whole !== null && isKnown(whole)
      const base = isWhole ? whole : latest(ids.map((id) => sinceOf(id)))
      if (base === null || !isKnown(base) || (!isWhole && whole !== null && base.depth <= whole.depth))
        return null
      return {
        isWhole,
        sum: (series) => sumSince(base, series),
        start: (id) => startValue(keptIn(base, id)),
      }
    },
    extreme(which, id, windowSeconds) {
      const base = start(windowSeconds)
      if (!isWhole(base)) return unknown('warming')
      const before = extremeSince(node.parent, base, which, indexIn(keptIndex, id))
      return before === null ? current(id) : stronger(which, current(id), before)
    },
  }
}

function latest(nodes: readonly PastNode[]): PastNode | null {
  return nodes.reduce<PastNode | null>((a, b) => (a === null || b.depth > a.depth ? b : a), null)
}

function startValue(result: Known<Quantity>): Quantity {
  assert(result.ok, 'a stretch begins where its values are known')
  return result.value
}

function indexIn(index: ReadonlyMap<string, number>, id: string): number {
  const found = index.get(id)
  assert(found !== undefined, `"${id}" is not among the needs`)
  return found
}

type Which = 'max' | 'min'

function stronger(which: Which, a: Known<Quantity>, b: Known<Quantity>): Known<Quantity> {
  if (!a.ok) return a
  if (!b.ok) return b
  return (which === 'max') === compare(a.value, b.value) > 0 ? a : b
}

const keptOf = (node: PastNode, index: number): Known<Quantity> => node.kept[index] ?? unknown('warming')

/** Over the blocks after `base` up to `from`, in jumps where they stay inside; `null` when there are none. */
function extremeSince(
  from: PastNode | null,
  base: PastNode | null,
  which: Which,
  index: number,
): Known<Quantity> | null {
  const floor = base?.depth ?? -1
  let result: Known<Quantity> | null = null
  let at = from
  while (at !== null && at.depth > floor) {
    const inside = at.jump !== null && at.jump.depth >= floor
    const part = inside ? extremeOfJump(at, which, index) : keptOf(at, index)
    result = result === null ? part : stronger(which, result, part)
    at = inside ? at.jump : at.parent
  }
  return result
}

/** Over (jump, node]. The answer is kept, so that asking at every block costs O(1) more. */
function extremeOfJump(node: PastNode, which: Which, index: number): Known<Quantity> {
  const key = `${which}${index}`
  const cached = node.extremes.get(key)
  if (cached !== undefined) return cached
  let result = keptOf(node, index)
  for (let at = node.parent; at !== null && at !== node.jump; ) {
    const whole: Known<Quantity> | undefined = at.extremes.get(key)
    result = stronger(which, result, whole ?? keptOf(at, index))
    at = whole === undefined ? at.parent : at.jump
  }
  node.extremes.set(key, result)
  return result
}
