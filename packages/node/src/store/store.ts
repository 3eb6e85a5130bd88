import { BaseError, messageOf } from '@breakwater/kernel'
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import pg from 'pg'
import { migrate } from './migrations.ts'
import { openPglite } from './pglite.ts'
import type { Tables } from './schema.ts'

export type Db = Kysely<Tables>

export interface Store {
  /** One guardian's tables: a schema of its own. @throws NODE_STORE_SCHEMA */
  open(schema: string): Promise<Db>
  close(): Promise<void>
}

/**
 * A PostgreSQL server (`postgres://…`) or a folder for the embedded one. The same SQL runs on both.
 * @throws NODE_STORE_OPEN, NODE_LOCKED
 */
export async function openStore(location: string): Promise<Store> {
  const pool = /^postgres(ql)?:\/\//.test(location)
    ? await connectPostgres(location)
    : await openPglite(location)
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
    throw new BaseError('NODE_STORE_OPEN', `cannot connect to PostgreSQL: ${messageOf(cause)}`, {
      hint: 'check store in guardian.yaml (DATABASE_URL), that the server runs and that the database exists',
      retry: 'later',
      cause,
    })
  }
  return pool as unknown as PostgresPool
}
