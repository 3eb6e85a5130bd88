import { open, rename, rm } from 'node:fs/promises'
import { messageOf } from '@breakwater/kernel'
import { usageError } from '../terminal.ts'

/**
 * Writes a file that is not there yet and makes sure that it is on the disk.
 * @param mode permissions: 0o600 for what only its owner may read
 * @throws CLI_USAGE when there is something already, or it cannot be written; nothing is left behind then.
 */
export async function writeNew(file: string, content: string, mode = 0o644): Promise<void> {
  const handle = await open(file, 'wx', mode).catch((error) => {
    if (error.code === 'EEXIST') {
      throw usageError(`${file} is there already`, 'nothing is overwritten: choose another --out')
    }
    throw usageError(`${file} cannot be written: ${messageOf(error)}`, 'choose another --out')
  })
  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/** Writes a file in place of the one that may be there; the old one stays until the new one is whole. */
export async function writeOver(file: string, content: string): Promise<void> {
  const part = `${file}.part`
  await rm(part, { force: true })
  await writeNew(part, content)
  await rename(part, file)
}
