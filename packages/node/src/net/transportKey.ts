import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseError, messageOf } from '@breakwater/kernel'

const FILE = 'transport.key'

/**
 * The Ed25519 key of this guardian's connections, kept in its data folder (PKCS #8, PEM, readable by its owner alone) and
 * made at the first start. It is no identity: whose it is says a binding, which is signed anew for each connection. So a
 * lost one is replaced by leaving the file out.
 * @throws NODE_TRANSPORT_KEY when the file cannot be read or written, is no such key, or others may read it
 */
export async function openTransportKey(folder: string): Promise<KeyObject> {
  const path = join(folder, FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw keyError(path, `cannot be read: ${messageOf(error)}`, 'check who owns the file and its folder')
  })
  if (text === null) return create(path)
  const { mode } = await stat(path)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw keyError(path, 'can be read by other users', `chmod 600 ${path}, or delete it: a new one is made`)
  }
  return parse(text, path)
}

function parse(text: string, path: string): KeyObject {
  // What OpenSSL says about a key it cannot read helps nobody, and the text must not be shown.
  let key: KeyObject | null = null
  try {
    key = createPrivateKey(text)
  } catch {}
  if (key?.asymmetricKeyType === 'ed25519') return key
  throw keyError(path, 'is no Ed25519 key', 'delete it: a new one is made at the next start')
}

/** The file appears under its name only once it is whole and on the disk. */
async function create(path: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const part = `${path}.part`
  try {
    await rm(part, { force: true })
    const file = await open(part, 'wx', 0o600)
    try {
      await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(part, path)
  } catch (error) {
    throw keyError(path, `cannot be written: ${messageOf(error)}`, 'check who owns the folder, and its disk')
  }
  return privateKey
}

function keyError(path: string, reason: string, hint: string): BaseError {
  return new BaseError('NODE_TRANSPORT_KEY', `the key of the transport ${path} ${reason}`, {
    meta: { path },
    hint,
  })
}
