import { type BlockFacts, readRange, type Source } from '@breakwater/chain'
import { BaseError, type Clock, isRetryable } from '@breakwater/kernel'

export interface HistoryDeps {
  source: Source
  clock: Clock
  /** A read failed and is tried again after a pause. */
  onTrouble(error: unknown, pauseMs: number): void
}

const FIRST_PAUSE_MS = 1_000
/** Failures in a row. */
const MOST_FAILURES = 5

/**
 * Facts of the blocks `from`…`to`, in order and each linked to the one before. A provider that fails for a while, as
 * public ones do when they are asked much, is asked again.
 * @throws the errors of `readRange`, when they last
 */
export async function* readHistory(
  from: bigint,
  to: bigint,
  { source, clock, onTrouble }: HistoryDeps,
  signal: AbortSignal,
): AsyncGenerator<BlockFacts, void> {
  let last: BlockFacts['block'] | null = null
  let failures = 0
  for (let next = from; next <= to; ) {
    try {
      for await (const facts of readRange(source, next, to, signal)) {
        const { block } = facts
        if (last !== null && block.parentHash !== last.hash) throw unlinked(block.number)
        last = block
        next = block.number + 1n
        failures = 0
        yield facts
        // Reads that are done already do not notice.
        signal.throwIfAborted()
      }
    } catch (error) {
      failures++
      const isLasting = !isRetryable(error) || isUnlinked(error) || failures > MOST_FAILURES
      if (signal.aborted || isLasting) throw error
      const pauseMs = FIRST_PAUSE_MS * 2 ** (failures - 1)
      onTrouble(error, pauseMs)
      await clock.sleep(pauseMs, signal)
    }
  }
}

const UNLINKED = 'CHAIN_UNLINKED'
const isUnlinked = (error: unknown) => error instanceof BaseError && error.code === UNLINKED

function unlinked(number: bigint): BaseError {
  return new BaseError(UNLINKED, `block ${number} does not follow the one that was read before it`, {
    meta: { number },
    hint: 'the chain reorganised meanwhile; read up to --to finalized, or again',
    retry: 'later',
  })
}
