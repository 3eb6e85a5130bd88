import type { Wal } from '@breakwater/consensus'
import { between } from '@breakwater/kernel'
import type { DiskKind } from './options.ts'
import type { World } from './world.ts'

/** A sync takes at most this long. */
const SYNC_MS = 8

/** What of a machine survives a crash. A record that was cut within is none: its checksum fails. */
export interface Disk {
  read(): readonly Uint8Array[]
  /** The owner knows that records were here which are gone. */
  isLost(): boolean
  /** `after` runs a task later, unless the machine has crashed by then. */
  open(after: (delayMs: number, task: () => void) => void): Wal
  crash(): void
}

export function createDisk({ rng }: World, kind: DiskKind): Disk {
  let log: readonly Uint8Array[] = []
  /** What the disk claims to have, and has only once something follows. */
  let claimed: readonly Uint8Array[] = []
  let wasUsed = false
  let writing: { readonly records: readonly Uint8Array[]; readonly replaces: boolean } | null = null

  const finish = (): void => {
    if (writing === null) return
    const { records, replaces } = writing
    if (replaces) [log, claimed] = [records, []]
    else if (kind === 'lies') [log, claimed] = [[...log, ...claimed], records]
    else log = [...log, ...records]
    writing = null
  }
  return {
    read: () => log,
    isLost: () => wasUsed && log.length === 0,
    open(after) {
      const write = (records: readonly Uint8Array[], replaces: boolean): Promise<void> => {
        writing = { records, replaces }
        return new Promise((resolve) => {
          after(rng.next() * SYNC_MS, () => {
            finish()
            resolve()
          })
        })
      }
      return {
        append: (records) => write(records, false),
        replace: (records) => write(records, true),
      }
    },
    /** Of records on their way, any beginning may have arrived; a log takes the place of another whole or not at all. */
    crash() {
      if (writing !== null) {
        const { records, replaces } = writing
        const arrived = between(rng, 0, records.length)
        if (replaces && arrived < records.length / 2) writing = null
        if (!replaces) writing = { records: records.slice(0, arrived), replaces }
        finish()
      }
      claimed = []
      if (kind === 'forgets') log = []
      if (kind === 'truncates') log = log.slice(0, between(rng, 0, log.length))
      if (kind !== 'loses') return
      wasUsed ||= log.length > 0
      if (rng.next() < 0.5) log = []
    },
  }
}
