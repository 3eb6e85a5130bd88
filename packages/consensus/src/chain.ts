import type { Hex } from '@breakwater/kernel'
import { type Block, GENESIS } from './block.ts'

/** Finalized blocks that are kept for guardians who were away: a day of heartbeats. */
export const TAIL_BLOCKS = 16_384
const TAIL_BYTES = 16 * 2 ** 20

export interface Entry {
  readonly digest: Hex
  readonly block: Block
}

/** The way from the last finalized block to a later one, oldest first, the later one included. */
export type Path =
  | { readonly kind: 'complete'; readonly entries: readonly Entry[] }
  | { readonly kind: 'missing'; readonly digest: Hex }
  /** It passes the last finalized block by: more guardians failed than consensus bears. */
  | { readonly kind: 'fork' }

export interface Chain {
  /** The last finalized block. */
  final(): { readonly view: bigint; readonly digest: Hex }
  get(digest: Hex): Block | undefined
  /** Whether a finalization of this block contradicts the finalized chain, as far back as that is known. */
  contradicts(view: bigint, digest: Hex): boolean
  /** `digest` is the block's own. The caller bounds what it adds. */
  add(digest: Hex, block: Block): void
  drop(digest: Hex): void
  path(digest: Hex): Path
  /** Takes a complete path as final (or, from a compacted log, a block further on), and forgets all other ways. */
  finalize(entries: readonly Entry[]): void
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)

export function createChain(): Chain {
  const open = new Map<Hex, Block>()
  const tail = new Map<Hex, Block>()
  let tailBytes = 0
  let final = { view: 0n, digest: GENESIS }
  /** The finalized chain is known without gaps from this view on. */
  let since = 0n
  /** A long way is not walked again before the block that was missing is there. */
  let gap: { to: Hex; missing: Hex } | null = null

  const keep = ({ digest, block }: Entry): void => {
    tail.set(digest, block)
    tailBytes += block.payload.length
    for (const [oldest, { view, payload }] of tail) {
      if (tail.size <= TAIL_BLOCKS && tailBytes <= TAIL_BYTES) break
      tail.delete(oldest)
      since = max(since, view + 1n)
      tailBytes -= payload.length
    }
  }

  return {
    final: () => final,
    get: (digest) => open.get(digest) ?? tail.get(digest),
    contradicts: (view, digest) => view >= since && view <= final.view && !tail.has(digest),
    add: (digest, block) => void open.set(digest, block),
    drop: (digest) => void open.delete(digest),
    path(to) {
      if (gap?.to === to && !open.has(gap.missing)) return { kind: 'missing', digest: gap.missing }
      const entries: Entry[] = []
      for (let digest = to; digest !== final.digest; ) {
        const block = open.get(digest)
        if (tail.has(digest) || digest === GENESIS || (block && block.view <= final.view)) {
          return { kind: 'fork' }
        }
        if (block === undefined) {
          gap = { to, missing: digest }
          return { kind: 'missing', digest }
        }
        entries.push({ digest, block })
        digest = block.parent
      }
      return { kind: 'complete', entries: entries.reverse() }
    },
    finalize(entries) {
      gap = null
      for (const entry of entries) {
        if (entry.block.parent !== final.digest) since = entry.block.view
        final = { view: entry.block.view, digest: entry.digest }
        keep(entry)
      }
      for (const [digest, { view }] of open) if (view <= final.view) open.delete(digest)
    },
  }
}
