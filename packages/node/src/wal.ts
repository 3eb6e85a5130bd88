/**
 * Write-ahead log: what must survive a crash before it takes effect (own votes, messages to deliver).
 *
 * A file of records `length ‖ CRC-32 ‖ bytes`, appended in batches and synced with fdatasync: a record counts once
 * `append` resolved. A torn tail (the batch that a crash interrupted) is cut off when the file is opened; damage
 * before intact records, or of the file's beginning, is refused: going on would forget votes that were given.
 *
 * What a failed write or sync leaves in a file is unknown, and a later sync may succeed without having written it
 * (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020). So the file is not used again:
 * the next call writes what was promised before into a new one first, and fails as long as that fails.
 * @module
 */
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { assert, BaseError, messageOf } from '@breakwater/kernel'

const MAGIC = Buffer.from('BWWAL\0\0\x01')
const MAX_RECORD_BYTES = 2 ** 20

export interface Wal {
  /** The records that were there when the log was opened, oldest first. */
  recovered: readonly Uint8Array[]
  /** Bytes of a torn tail that were cut off on opening. */
  tornBytes: number
  /**
   * Resolves once all records are on disk; records of concurrent calls share one sync.
   * @throws NODE_WAL_IO when none of them counts, as on a full disk; later calls may succeed again
   */
  append(records: readonly Uint8Array[]): Promise<void>
  /** Replaces all that was appended before this call by `records`, in one step, so that the log does not grow for ever. */
  replace(records: readonly Uint8Array[]): Promise<void>
  /** What it holds now, oldest first, once it can be written. @throws NODE_WAL_IO, NODE_WAL_DAMAGED */
  read(): Promise<readonly Uint8Array[]>
  sizeBytes(): number
  close(): Promise<void>
}

function frame(record: Uint8Array): Buffer {
  assert(record.length > 0 && record.length <= MAX_RECORD_BYTES, `a log record of ${record.length} bytes`)
  const header = Buffer.alloc(8)
  header.writeUInt32BE(record.length, 0)
  header.writeUInt32BE(crc32(record), 4)
  return Buffer.concat([header, record])
}

/** The record that starts at `at`; `null` when none does. */
function recordAt(bytes: Buffer, at: number): Uint8Array | null {
  if (at + 8 > bytes.length) return null
  const length = bytes.readUInt32BE(at)
  if (length === 0 || length > MAX_RECORD_BYTES || at + 8 + length > bytes.length) return null
  const record = bytes.subarray(at + 8, at + 8 + length)
  return crc32(record) === bytes.readUInt32BE(at + 4) ? record : null
}

/** Records from the beginning, and where the intact part ends. @throws NODE_WAL_DAMAGED */
export function parseWal(bytes: Buffer, path: string): { records: Uint8Array[]; end: number } {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw damaged(path, 0, 'it does not begin like a write-ahead log')
  }
  const records: Uint8Array[] = []
  let end = MAGIC.length
  for (let record = recordAt(bytes, end); record !== null; record = recordAt(bytes, end)) {
    records.push(record)
    end += 8 + record.length
  }
  for (let at = end + 1; at < bytes.length; at++) {
    if (recordAt(bytes, at) !== null) throw damaged(path, end, `an intact record follows at byte ${at}`)
  }
  return { records, end }
}

function damaged(path: string, at: number, reason: string): BaseError {
  return new BaseError('NODE_WAL_DAMAGED', `write-ahead log ${path} is damaged at byte ${at}: ${reason}`, {
    meta: { path, at },
    hint: 'restore the file from the same disk; a log of votes may be moved away if the store is kept: the guardian keeps silent then',
    docsPath: 'operating',
  })
}

/** @throws NODE_WAL_DAMAGED, NODE_WAL_IO */
export async function openWal(path: string): Promise<Wal> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw ioError(path, 'read', error)
  })
  if (bytes === null) return createWal(path, await create(path, MAGIC), [], MAGIC.length, 0)
  const { records, end } = parseWal(bytes, path)
  const file = await open(path, 'r+').catch((cause) => Promise.reject(ioError(path, 'open', cause)))
  if (end < bytes.length) {
    const cut = file.truncate(end).then(() => file.datasync())
    await cut.catch((cause) => Promise.reject(ioError(path, 'cut', cause)))
  }
  return createWal(path, file, records, end, bytes.length - end)
}

function createWal(
  path: string,
  opened: FileHandle,
  recovered: readonly Uint8Array[],
  end: number,
  tornBytes: number,
): Wal {
  const log = createLogFile(path, opened, end)
  /** What the next sync takes along. */
  let batch: { frames: Buffer[]; synced: Promise<void> } | null = null
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time, in the order of the calls. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const done = last.then(task)
    last = done.catch(() => {})
    return done
  }
  return {
    recovered,
    tornBytes,
    append(records) {
      const more = records.map(frame)
      if (batch === null) {
        const frames: Buffer[] = []
        const synced = inTurn(async () => {
          batch = null
          await log.mend()
          await log.write(Buffer.concat(frames))
        })
        batch = { frames, synced }
      }
      batch.frames.push(...more)
      return batch.synced
    },
    replace(records) {
      // What is appended from now on comes behind the replacement.
      batch = null
      return inTurn(() => log.swap(Buffer.concat([MAGIC, ...records.map(frame)])))
    },
    read: () =>
      inTurn(async () => {
        await log.mend()
        return parseWal(await log.promised(), path).records
      }),
    sizeBytes: log.sizeBytes,
    async close() {
      await last
      await log.close()
    },
  }
}

/** The log's bytes: what was promised, and nothing behind it that could count. */
function createLogFile(path: string, opened: FileHandle, end: number) {
  let file = opened
  let size = end
  let isSound = true

  const promised = async (): Promise<Buffer> => {
    const bytes = await readFile(path).catch((cause) => Promise.reject(ioError(path, 'read', cause)))
    const intact = bytes.subarray(0, size)
    if (parseWal(intact, path).end !== size) throw damaged(path, intact.length, `it held ${size} bytes`)
    return intact
  }
  const swap = async (bytes: Buffer): Promise<void> => {
    const fresh = await create(path, bytes)
    await file.close().catch(() => {})
    file = fresh
    size = bytes.length
    isSound = true
  }
  return {
    promised,
    swap,
    async mend(): Promise<void> {
      if (!isSound) await swap(await promised())
    },
    async write(bytes: Buffer): Promise<void> {
      try {
        await writeWhole(file, bytes, size)
        await file.datasync()
        size += bytes.length
      } catch (error) {
        isSound = false
        throw ioError(path, 'write', error)
      }
    },
    sizeBytes: () => size,
    close: () => file.close(),
  }
}

/** A full disk takes a part before it refuses the rest. */
async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** A new file in place of the old one, whole or not at all. */
async function create(path: string, bytes: Buffer): Promise<FileHandle> {
  const temporary = `${path}.new`
  let file: FileHandle | null = null
  try {
    file = await open(temporary, 'w+')
    await file.writeFile(bytes)
    await file.sync()
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return file
  } catch (error) {
    await file?.close().catch(() => {})
    await rm(temporary, { force: true }).catch(() => {})
    throw ioError(path, 'create', error)
  }
}

/** Makes the rename itself durable; Windows does not sync folders and does not need to. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

function ioError(path: string, what: string, cause: unknown): BaseError {
  return new BaseError('NODE_WAL_IO', `cannot ${what} the write-ahead log ${path}: ${messageOf(cause)}`, {
    hint: 'check that the data folder exists, belongs to this user and that the disk is not full',
    retry: 'later',
    cause,
  })
}
