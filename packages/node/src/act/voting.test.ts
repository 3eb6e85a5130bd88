import { createCore, createDriver, decodeRecord } from '@breakwater/consensus'
import { BaseError, createSeededRng } from '@breakwater/kernel'
import { createVoteGuard } from '@breakwater/keys'
import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../test/clock.ts'
import { countingConfig, createCountingDuty } from '../../test/counting.ts'
import { createVoting } from './voting.ts'

const full = new BaseError('NODE_WAL_IO', 'no space left on device', { retry: 'later' })

/** One guardian on its own, who counts; its log is in memory. */
function stage() {
  const clock = createVirtualClock()
  const log: Uint8Array[] = []
  const counted: number[] = []
  const failures: unknown[] = []
  const troubles: unknown[] = []
  const state = { refuses: null as BaseError | null, wanted: 0 }
  const refuse = () => {
    if (state.refuses !== null) throw state.refuses
  }
  const wal = {
    ...{ recovered: [], tornBytes: 0, sizeBytes: () => 0, close: async () => {} },
    async append(records: readonly Uint8Array[]) {
      refuse()
      log.push(...records)
    },
    async replace(records: readonly Uint8Array[]) {
      refuse()
      log.splice(0, log.length, ...records)
    },
    async read() {
      refuse()
      return [...log]
    },
  }
  const config = { ...countingConfig(0), guardians: countingConfig(0).guardians.slice(0, 1) }
  const voting = createVoting({
    create: (failed) =>
      createDriver({
        config: { ...config, guard: createVoteGuard(1n) },
        duty: createCountingDuty(() => state.wanted),
        ...{ clock, wal },
        net: { send() {}, broadcast() {}, subscribe: () => () => {} },
        listener: {
          finalized: (_at, counts, isReplayed) => void (isReplayed || counted.push(...counts)),
          ...{ certified() {}, evidence() {}, entered() {}, failed },
          problem: (error) => failures.push(error),
        },
      }),
    ...{ wal, clock, rng: createSeededRng(1) },
    onTrouble: (error) => troubles.push(error),
    onFailed: (error) => failures.push(error),
  })
  const count = async (wanted: number) => {
    state.wanted = wanted
    voting.refresh()
    await clock.pass(100)
  }
  voting.start(false)
  return { clock, log, counted, failures, troubles, state, voting, count, config }
}

describe('voting', () => {
  it('ends when the log cannot be written, says why, and goes on where the log is once it can be', async () => {
    const { clock, counted, failures, troubles, state, voting, count } = stage()
    await count(2)
    state.refuses = full
    await count(3)
    await clock.pass(5000)
    expect(counted).toEqual([1, 2])
    expect(voting.obstacles()).toEqual(['does not vote: no space left on device'])
    state.refuses = null
    await clock.pass(1100)
    await count(4)
    expect(counted).toEqual([1, 2, 3, 4])
    expect(voting.obstacles()).toEqual([])
    expect(troubles).toEqual([full, null])
    expect(failures).toEqual([])
    await voting.stop()
  })

  it('does not begin again when it is stopped meanwhile', async () => {
    const { clock, counted, state, voting, count } = stage()
    state.refuses = full
    await count(1)
    await voting.stop()
    state.refuses = null
    await clock.pass(10_000)
    expect(counted).toEqual([])
    expect(clock.waiting()).toBe(0)
  })

  it('fails the guardian when time does not heal it', async () => {
    const { failures, state, count } = stage()
    state.refuses = new BaseError('NODE_WAL_DAMAGED', 'damaged')
    await count(1)
    expect(failures).toEqual([state.refuses])
  })

  it('signs again only what it has signed, from a log of any length', async () => {
    const { log, count, config } = stage()
    await count(4)
    for (let length = 0; length <= log.length; length++) {
      const core = createCore({ ...config, guard: createVoteGuard(1n) })
      core.step({ kind: 'start', records: log.slice(0, length).map(decodeRecord) })
      expect(core.status().view).toBeGreaterThan(0n)
    }
  })
})
