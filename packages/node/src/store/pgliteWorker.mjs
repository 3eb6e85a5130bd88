// @ts-check
/** PostgreSQL compiled to WebAssembly, in a thread of its own: a query never holds up the guardian's event loop. */
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

if (parentPort === null) throw new Error('this file is the entry of a worker thread')
const port = parentPort
/** @type {PGlite | null} */
let db = null

/** @param {unknown} error */
const plain = (error) => {
  const { message, code, detail, constraint } = /** @type {Record<string, unknown>} */ (Object(error))
  return { message: String(message), code, detail, constraint }
}

port.on(
  'message',
  async (/** @type {{ id: number, sql: string | null, parameters: unknown[] }} */ request) => {
    const { id, sql, parameters } = request
    try {
      if (db === null) throw new Error('the store is closed')
      if (sql === null) {
        await db.close()
        db = null
        port.postMessage({ id, rows: [], count: 0 })
        port.close()
        return
      }
      const { rows, affectedRows } = await db.query(sql, parameters)
      port.postMessage({ id, rows, count: affectedRows ?? rows.length })
    } catch (error) {
      port.postMessage({ id, error: plain(error) })
    }
  },
)

try {
  // 8 MiB of buffers instead of 128: a guardian's rows are few, and memory is counted per guardian.
  const startParams = [...PGlite.defaultStartParams, '-B', '1024']
  db = await PGlite.create({ dataDir: workerData.dataDir, startParams, parsers: { 20: BigInt } })
  port.postMessage({ id: 0, rows: [], count: 0 })
} catch (error) {
  port.postMessage({ id: 0, error: plain(error) })
}
