import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own, small enough to be filled. */
export interface SmallDisk {
  folder: string
  /** Leaves nothing free. */
  fill(): void
  free(): void
  remove(): void
}

/** Why there is none on this machine; `null` where one can be made. */
export const smallDiskMissing: string | null = trial()

function trial(): string | null {
  if (process.platform !== 'linux') return 'tmpfs is Linux'
  try {
    createSmallDisk().remove()
    return null
  } catch {
    return 'this user may not mount a tmpfs'
  }
}

export function createSmallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'breakwater', folder], { stdio: 'ignore' })
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw error
  }
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      const { bavail, bsize } = statfsSync(folder)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' })
      rmSync(folder, { recursive: true })
    },
  }
}
