import { BaseError, type Clock, messageOf } from '@breakwater/kernel'
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import pg from 'pg'
import { claimNames } from './claim.ts'
import { migrate } from './migrations.ts'
import { openPglite } from './pglite.ts'
import type { Tables } from './schema.ts'

export type Db = Kysely<Tables>

export interface Store {
  /** One guardian's tables: a schema of its own. @throws NODE_STORE_SCHEMA */
  open(schema: string): Promise<Db>
  /**
   * Nobody else who uses this store has one of the names until they are released, or `onLost` tells otherwise. A folder
   * is one process's as a whole.
   * @returns what releases them. @throws NODE_LOCKED
   */
  claim(
    names: readonly string[],
    clock: Clock,
    onLost: (error: unknown) => void,
  ): Promise<() => Promise<void>>
  close(): Promise<void>
}

/**
 * A PostgreSQL server (`postgres://…`) or a folder for the embedded one. The same SQL runs on both.
 * @throws NODE_STORE_OPEN, NODE_LOCKED
 */
export async function openStore(location: string): Promise<Store> {
  const isServer = /^postgres(ql)?:\/\//.test(location)
  const pool = isServer ? await connectPostgres(location) : await openPglite(location)
  const root = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    async open(schema) {
      if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) {
        throw new BaseError('NODE_STORE_SCHEMA', `store schema "${schema}" is not a plain lower-case name`, {
          hint: 'use letters, digits and underscores, such as guardian_0',
        })
      }
      await migrate(root, schema)
      return root.withSchema(schema)
    },
    async claim(names, clock, onLost) {
      if (!isServer) return async () => {}
      return claimNames({ connect: () => connectClient(location), names, clock, onLost })
    },
    // Not by Kysely, which forgets a pool that was never asked anything.
    close: () => pool.end(),
  }
}

async function connectPostgres(url: string): Promise<PostgresPool> {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, BigInt)
  const pool = new pg.Pool({ connectionString: url, types, max: 4, connectionTimeoutMillis: 5000 })
  // An idle connection that the server drops must not end the process; the next query reports it.
  pool.on('error', () => {})
  try {
    ;(await pool.connect()).release()
  } catch (cause) {
    await pool.end()
    throw unreachable(cause)
  }
  return pool as unknown as PostgresPool
}

/** Who does not answer in time counts as gone. */
async function connectClient(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000, query_timeout: 5000 })
  await client.connect().catch((cause) => {
    throw unreachable(cause)
  })
  return client
}

function unreachable(cause: unknown): BaseError {
  return new BaseError('NODE_STORE_OPEN', `cannot connect to PostgreSQL: ${messageOf(cause)}`, {
    hint: 'check store in guardian.yaml (DATABASE_URL), that the server runs and that the database exists',
    retry: 'later',
    cause,
  })
}
