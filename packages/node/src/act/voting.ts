import type { CoreStatus, Driver } from '@breakwater/consensus'
import { bytesToHex, type Clock, type Hex, isRetryable, messageOf, type Rng } from '@breakwater/kernel'
import type { Wal } from '../wal.ts'

const RETRY_MS = 1000

/** This guardian's votes, for as long as they can be written down. */
export interface Voting {
  /** @param isLost it has had a log in this epoch, and not the one that it has now */
  start(isLost: boolean): void
  refresh(): void
  attest(digest: Hex): void
  forget(digest: Hex): void
  status(): CoreStatus
  /** Why it gives no votes at present. */
  obstacles(): readonly string[]
  stop(): Promise<void>
}

export interface VotingOptions {
  /** A driver that knows nothing yet. */
  create(onFailed: (error: unknown) => void): Driver
  wal: Wal
  clock: Clock
  rng: Rng
  /** The log cannot be written (and why), or can be again (`null`). */
  onTrouble(error: unknown): void
  /** What time does not heal. */
  onFailed(error: unknown): void
}

/**
 * When the log cannot be written, as on a full disk, the driver ends, and nothing that waited for the disk is ever
 * sent. Once the log can be written, another driver begins from what it holds, as after a crash: there is one way back.
 */
export function createVoting(options: VotingOptions): Voting {
  const { create, wal, clock, rng, onTrouble, onFailed } = options
  let trouble: unknown = null
  let cancel = () => {}
  let reviving: Promise<void> | null = null
  let isStopping = false

  const onDriverFailed = (error: unknown) => {
    if (!isRetryable(error)) return onFailed(error)
    if (trouble === null) onTrouble(error)
    trouble = error
    cancel = clock.schedule(RETRY_MS, retry)
  }
  let driver = create(onDriverFailed)

  const begin = (records: readonly Uint8Array[], isLost: boolean) =>
    driver.start(records, { nonce: bytesToHex(rng.bytes(32)), isLost })
  const revive = async () => {
    const records = await wal.read()
    await driver.stop()
    if (isStopping) return
    trouble = null
    driver = create(onDriverFailed)
    begin(records, false)
    onTrouble(null)
  }
  const retry = () => {
    reviving = revive()
      .catch(onDriverFailed)
      .finally(() => {
        reviving = null
      })
  }
  return {
    start: (isLost) => begin(wal.recovered, isLost),
    refresh: () => driver.refresh(),
    attest: (digest) => driver.attest(digest),
    forget: (digest) => driver.forget(digest),
    status: () => driver.status(),
    obstacles() {
      if (trouble !== null) return [`does not vote: ${messageOf(trouble)}`]
      const { silentBelow } = driver.status()
      if (silentBelow === undefined) return []
      return [
        silentBelow === null
          ? 'does not vote: its log of own votes is lost, and too few others have told which views they are in'
          : `does not vote before view ${silentBelow}: its log of own votes is lost`,
      ]
    },
    async stop() {
      isStopping = true
      cancel()
      await reviving
      await driver.stop()
    },
  }
}
