/**
 * One process for one folder. Two guardians with one identity would give contradicting votes, for which they are
 * slashed, and two processes in one store destroy it.
 *
 * The lock is a socket that its process listens on: when the process ends, however it ends, nobody answers any more. It
 * holds among processes that share a folder for temporary files, so not among machines or containers.
 * @module
 */
import { createHash } from 'node:crypto'
import { realpath, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BaseError, messageOf } from '@breakwater/kernel'

/** @returns what releases it. @throws NODE_LOCKED while another process has it, NODE_LOCK_IO */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = await socketOf(folder).catch((cause) => Promise.reject(ioError(folder, cause)))
  for (let isSecond = false; ; isSecond = true) {
    try {
      const server = await listen(path)
      return () => new Promise((resolve) => server.close(() => resolve()))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw ioError(folder, error)
      if (isSecond || (await isAnswered(path))) throw locked(folder)
      // Left behind by a process that was killed.
      await rm(path, { force: true })
    }
  }
}

/** Not in the folder itself: whoever copies it could not copy a socket, whose path may not be long either. */
async function socketOf(folder: string): Promise<string> {
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 32)
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\breakwater-${name}`
    : join(tmpdir(), `breakwater-${name}.lock`)
}

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server.unref()))
  })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

function locked(folder: string): BaseError {
  return new BaseError('NODE_LOCKED', `${folder} is used by another process`, {
    meta: { folder },
    hint: 'stop the other guardian, or give this one a data folder and an identity of its own',
    retry: 'later',
  })
}

function ioError(folder: string, cause: unknown): BaseError {
  return new BaseError('NODE_LOCK_IO', `cannot lock the folder ${folder}: ${messageOf(cause)}`, {
    meta: { folder },
    hint: 'check that it exists, and that this user can write to the folder for temporary files (TMPDIR)',
    cause,
  })
}
