/**
 * Two processes with one identity would contradict each other. Where they share a PostgreSQL server, only one of them
 * gets a name: an advisory lock, which its session holds and the server takes back when that ends.
 *
 * When the server is away, the name is claimed again as soon as it is back. Whoever got it first then goes on, and the
 * other one is told; meanwhile the newcomer's log is empty, so that it keeps silent (consensus/silence.ts).
 * @module
 */
import { createHash } from 'node:crypto'
import { BaseError, type Clock } from '@breakwater/kernel'
import type pg from 'pg'

const CHECK_MS = 5000
/** A former session of one's own may linger on the server for a moment. */
const MAX_REFUSALS = 3

export interface ClaimOptions {
  /** A session of its own. */
  connect(): Promise<pg.Client>
  names: readonly string[]
  clock: Clock
  /** Another process has a name by now. */
  onLost(error: unknown): void
}

/** @returns what releases the names. @throws NODE_LOCKED while another process has one of them */
export async function claimNames(options: ClaimOptions): Promise<() => Promise<void>> {
  const { connect, clock, onLost } = options
  let client: pg.Client | null = null
  let cancel = () => {}
  let checking: Promise<void> = Promise.resolve()
  let isReleased = false
  let refusals = 0

  const claim = async () => {
    const fresh = await connect()
    // Whatever ends the session, the next check finds out.
    fresh.on('error', () => {})
    try {
      for (const name of options.names) await lock(fresh, name)
      client = fresh
      refusals = 0
    } catch (error) {
      await fresh.end().catch(() => {})
      throw error
    }
  }
  const check = async () => {
    const held = client
    const answers = await held?.query('select 1').then(
      () => true,
      () => false,
    )
    if (answers) return
    client = null
    // Not waited for: who does not answer may not close either.
    held?.end().catch(() => {})
    await claim().catch((error) => {
      const isRefused = error instanceof BaseError && error.code === 'NODE_LOCKED'
      if (isRefused && ++refusals >= MAX_REFUSALS) throw error
    })
  }
  const schedule = () => {
    cancel = clock.schedule(CHECK_MS, () => {
      checking = check().then(() => {
        if (!isReleased) schedule()
      }, onLost)
    })
  }
  await claim()
  schedule()
  return async () => {
    isReleased = true
    cancel()
    await checking
    await client?.end().catch(() => {})
  }
}

async function lock(client: pg.Client, name: string): Promise<void> {
  const key = createHash('sha256').update(`breakwater ${name}`).digest().readBigInt64BE()
  const { rows } = await client.query('select pg_try_advisory_lock($1::bigint) as got', [key.toString()])
  if (rows[0]?.got === true) return
  throw new BaseError('NODE_LOCKED', `${name} is used by another process of the same database`, {
    meta: { name },
    hint: 'stop the other guardian, or give this one an identity and a database of its own',
    retry: 'later',
  })
}
