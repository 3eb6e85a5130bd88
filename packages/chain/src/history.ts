import { BaseError } from '@breakwater/kernel'
import { type BlockFacts, blockText } from './plan.ts'
import { readAhead } from './readAhead.ts'
import type { Source } from './source.ts'

/** Blocks under way at once. */
export const READ_AHEAD = 16

/**
 * Facts of the blocks `from`…`to`, in order, verified as live ones are, in memory bounded whatever the range. For
 * backtests; state that the providers no longer have is `pruned` in them. Give it a source of its own: who lacks old
 * blocks would be left out of live ones too.
 * @throws the errors of `Source`, and CHAIN_UNLINKED when the chain reorganised while it was read.
 */
export async function* readRange(
  source: Source,
  from: bigint,
  to: bigint,
  signal: AbortSignal,
): AsyncGenerator<BlockFacts, void> {
  let previous: BlockFacts['block'] | null = null
  for await (const { facts } of readAhead(from, to, READ_AHEAD, source.block, signal)) {
    const { block } = facts
    if (previous !== null && block.parentHash !== previous.hash) {
      throw new BaseError(
        'CHAIN_UNLINKED',
        `block ${blockText(block)} does not follow ${blockText(previous)}`,
        {
          meta: { number: block.number, hash: block.hash },
          hint: 'the chain reorganised meanwhile; read finalized blocks, or read again',
          retry: 'later',
        },
      )
    }
    previous = block
    yield facts
  }
}
