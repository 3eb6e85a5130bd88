import { type Kysely, sql } from 'kysely'

/**
 * Statements in order; a store remembers how many it has had. SQL that PostgreSQL 15 and PGlite both run.
 * What is here never changes: a new shape is a new entry.
 */
const MIGRATIONS: readonly { name: string; statements: readonly string[] }[] = [
  {
    name: 'first',
    statements: [
      `create table blocks (hash text primary key, number bigint not null, parent_hash text not null,
        timestamp_seconds bigint not null, facts text not null)`,
      'create index blocks_number on blocks (number)',
      `create table findings (block_hash text not null, block_number bigint not null, unique_key text not null,
        rule text not null, detector text not null, severity text not null, body text not null,
        seen_at_ms bigint not null, primary key (block_hash, unique_key))`,
      'create index findings_number on findings (block_number)',
      `create table incidents (id text primary key, rule text not null, target text not null, level integer not null,
        status text not null, body text not null, opened_at_ms bigint not null, updated_at_ms bigint not null)`,
      `create table outbox (key text primary key, channel text not null, body text not null, attempts integer not null,
        next_attempt_ms bigint not null, delivered_at_ms bigint, last_error text, created_at_ms bigint not null)`,
      'create index outbox_due on outbox (next_attempt_ms) where delivered_at_ms is null',
      `create table audit (seq bigint primary key, at_ms bigint not null, kind text not null, body text not null,
        hash text not null, signature text not null)`,
      'create table meta (key text primary key, value text not null)',
    ],
  },
]

/** Brings a schema to the newest shape; a no-op when it has it. */
export async function migrate<T>(db: Kysely<T>, schema: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // Processes that start at once take turns here: "if not exists" alone fails when two of them find nothing.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`breakwater migrate ${schema}`}, 0))`.execute(
      tx,
    )
    await sql`create schema if not exists ${sql.id(schema)}`.execute(tx)
    await sql`set local search_path to ${sql.id(schema)}`.execute(tx)
    await sql`create table if not exists migrations (id integer generated always as identity primary key, name text not null)`.execute(
      tx,
    )
    const done = await sql<{ name: string }>`select name from migrations order by id`.execute(tx)
    for (const { name, statements } of MIGRATIONS.slice(done.rows.length)) {
      for (const statement of statements) await sql.raw(statement).execute(tx)
      await sql`insert into migrations (name) values (${name})`.execute(tx)
    }
  })
}
