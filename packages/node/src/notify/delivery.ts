import { type Clock, messageOf } from '@breakwater/kernel'
import type { Db } from '../store/store.ts'
import type { Channel } from './channel.ts'
import { createLoop, type Loop } from './loop.ts'

const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 300_000
const ROUND_MESSAGES = 50

export interface DeliveryDeps {
  db: Db
  clock: Clock
  /** Ends what is being sent. */
  signal: AbortSignal
  onError(channel: string, error: unknown): void
}

interface Waiting {
  key: string
  body: string
  attempts: number
}

/**
 * Sends what waits for one channel, one message after the other, oldest first. One that is not taken is tried again
 * later and later, and does not hold up the others; once the channel takes such a one, all that wait are due.
 */
export function createDelivery(channel: Channel, { db, clock, signal, onError }: DeliveryDeps): Loop {
  let isStopping = false
  const waiting = () =>
    db.selectFrom('outbox').where('channel', '=', channel.name).where('delivered_at_ms', 'is', null)

  /** Resolves to whether the channel has just come back. */
  const deliver = async ({ key, body, attempts }: Waiting): Promise<boolean> => {
    try {
      await channel.send({ key, body }, signal)
    } catch (error) {
      if (signal.aborted) return false
      onError(channel.name, error)
      const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 20))
      const next = { attempts: attempts + 1, next_attempt_ms: BigInt(clock.nowMs() + delayMs) }
      const later = { ...next, last_error: messageOf(error) }
      await db.updateTable('outbox').set(later).where('key', '=', key).execute()
      return false
    }
    const now = BigInt(clock.nowMs())
    await db
      .updateTable('outbox')
      .set({ delivered_at_ms: now, last_error: null })
      .where('key', '=', key)
      .execute()
    if (attempts === 0) return false
    await db
      .updateTable('outbox')
      .set({ next_attempt_ms: now })
      .where('channel', '=', channel.name)
      .where('delivered_at_ms', 'is', null)
      .execute()
    return true
  }
  const round = async (): Promise<number | null> => {
    const due = await waiting()
      .where('next_attempt_ms', '<=', BigInt(clock.nowMs()))
      .orderBy('created_at_ms')
      .limit(ROUND_MESSAGES)
      .select(['key', 'body', 'attempts'])
      .execute()
    for (const message of due) {
      if (isStopping) return null
      if (await deliver(message)) return 0
    }
    const next = await waiting()
      .orderBy('next_attempt_ms')
      .limit(1)
      .select('next_attempt_ms')
      .executeTakeFirst()
    return next === undefined ? null : Math.max(0, Number(next.next_attempt_ms) - clock.nowMs())
  }
  const loop = createLoop(round, clock, (error) => onError('store', error))
  return {
    poke: loop.poke,
    stop() {
      isStopping = true
      return loop.stop()
    },
  }
}
