import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { BaseError } from '@breakwater/kernel'
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { lockFolder } from '../lock.ts'

interface Reply {
  id: number
  rows?: unknown[]
  count?: number
  error?: { message: string; code?: string }
}

/**
 * PGlite behind the pool that Kysely's PostgreSQL dialect wants. It has a single session, so clients take turns:
 * a transaction holds it until its client is released.
 * @param dataDir folder of the database; made from the template when it is empty or missing
 * @throws NODE_STORE_OPEN, NODE_LOCKED
 */
export async function openPglite(dataDir: string): Promise<PostgresPool> {
  await prepare(dataDir)
  const release = await lockFolder(dataDir)
  const worker = new Worker(new URL('./pgliteWorker.mjs', import.meta.url), { workerData: { dataDir } })
  const waiting = new Map<number, { resolve(reply: Reply): void; reject(error: Error): void }>()
  let nextId = 0
  let ended: Error | null = null
  const receive = (id: number) =>
    new Promise<Reply>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
    })
  const failAll = (error: Error) => {
    ended ??= error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', (reply: Reply) => {
    const waiter = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.error === undefined) waiter?.resolve(reply)
    else waiter?.reject(Object.assign(new Error(reply.error.message), reply.error))
  })
  worker.on('error', failAll)
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      failAll(new Error('the store is closed'))
      resolve(release())
    })
  })
  const request: Request = (sql, parameters) => {
    if (ended !== null) return Promise.reject(ended)
    const id = ++nextId
    const reply = receive(id)
    worker.postMessage({ id, sql, parameters })
    return reply
  }
  await receive(0).catch(async (cause) => {
    await worker.terminate()
    await gone
    throw new BaseError('NODE_STORE_OPEN', `cannot open the store in ${dataDir}: ${cause.message}`, {
      hint: 'a damaged store can be deleted: it is rebuilt from the chain and the logs',
      cause,
    })
  })
  return createPool(request, gone)
}

type Request = (sql: string | null, parameters: readonly unknown[]) => Promise<Reply>

function createPool(request: Request, gone: Promise<void>): PostgresPool {
  let turn: Promise<void> = Promise.resolve()
  return {
    async connect() {
      const before = turn
      let release = () => {}
      turn = new Promise((resolve) => {
        release = resolve
      })
      await before
      return createClient(request, release)
    },
    async end() {
      await turn
      await request(null, [])
      await gone
    },
  }
}

function createClient(request: Request, release: () => void): PostgresPoolClient {
  const query = async (sql: string, parameters: readonly unknown[]) => {
    const { rows = [], count = 0 } = await request(sql, parameters)
    const command = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() as PostgresQueryResult<unknown>['command']
    return { command, rowCount: count, rows }
  }
  return { query: query as unknown as PostgresPoolClient['query'], release }
}

/** Copying an initialised folder takes 0.1 s; initialising one takes 3 s and 600 MiB for a moment. */
async function prepare(dataDir: string): Promise<void> {
  const present = await readdir(dataDir).catch((): string[] => [])
  if (present.includes('PG_VERSION')) return
  if (present.length > 0) {
    throw new BaseError('NODE_STORE_OPEN', `${dataDir} is not empty and holds no store`, {
      hint: 'name an empty or a new folder',
    })
  }
  await mkdir(dataDir, { recursive: true })
  await cp(await template(), dataDir, { recursive: true })
}

let made: Promise<string> | undefined

/** The initialised folder that new stores are copied from, made once per installation, by a process of its own. */
function template(): Promise<string> {
  made ??= makeTemplate().catch((error) => {
    made = undefined
    throw error
  })
  return made
}

async function makeTemplate(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@electric-sql/pglite'))
  const cache = join(entry, '..', '..', '..', '..', '.cache', 'breakwater')
  const folder = join(cache, 'pglite-template')
  if ((await readdir(folder).catch((): string[] => [])).includes('PG_VERSION')) return folder
  // An installation that this user cannot write to gets one per process.
  const writable = await mkdir(cache, { recursive: true }).then(
    () => true,
    () => false,
  )
  const building = await mkdtemp(writable ? join(cache, 'making-') : join(tmpdir(), 'breakwater-pglite-'))
  const script = `const { PGlite } = await import(process.argv[1]); await (await PGlite.create(process.argv[2])).close()`
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, import.meta.resolve('@electric-sql/pglite'), building],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-500)
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) {
    throw new BaseError(
      'NODE_STORE_OPEN',
      `cannot initialise a store: ${complaint.trim() || `exit code ${code}`}`,
      {
        hint: 'is the disk full?',
      },
    )
  }
  if (!writable) return building
  await rename(building, folder).catch(() => rm(building, { recursive: true, force: true }))
  return folder
}
