import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDriver, type Driver, decodeMessage, isSlashable, type SignedVote } from '@breakwater/consensus'
import { createSeededRng, type Net } from '@breakwater/kernel'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemClock } from '../src/index.ts'
import { countingConfig, createCountingDuty, type Heard, type Said } from './counting.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { describeOnStores } from './stores.ts'

const COUNT_MS = 20
/** How far the others may be ahead: what they count while it is down has to be stored by it afterwards. */
const MAX_LEAD = 40
const TIMEOUT_MS = 300_000
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 60_000, interval: 2 })
const MAX_MESSAGES = 150
const VICTIM = fileURLToPath(new URL('./victim.ts', import.meta.url))

/** The three others, in this process; guardian 0 is the one that is killed. */
interface Others {
  /** How far they want to count. */
  wanted: number
  /** How far the victim has. */
  stored: number
  victim: ChildProcess | null
  hear(said: Extract<Said, { kind: 'net' }>): void
  stop(): Promise<void>
}

function startOthers(): Others {
  const handlers = new Map<number, (from: number, bytes: Uint8Array) => void>()
  const carry = (from: number, to: number, bytes: Uint8Array): void => {
    if (to !== 0) setImmediate(() => handlers.get(to)?.(from, bytes))
    else if (others.victim?.connected) others.victim.send({ from, bytes } satisfies Heard, () => {})
  }
  const spread = (from: number, to: number | 'all', bytes: Uint8Array): void => {
    for (let each = 0; each < 4; each++)
      if (each !== from && (to === 'all' || to === each)) carry(from, each, bytes)
  }
  const netOf = (self: number): Net => ({
    send: (to, bytes) => spread(self, to, bytes),
    broadcast: (bytes) => spread(self, 'all', bytes),
    subscribe(handler) {
      handlers.set(self, handler)
      return () => handlers.delete(self)
    },
  })
  const drivers = [1, 2, 3].map((self): Driver => {
    const log: Uint8Array[] = []
    return createDriver({
      config: countingConfig(self),
      duty: createCountingDuty(() => others.wanted),
      clock: systemClock,
      net: netOf(self),
      wal: { append: async (records) => void log.push(...records), replace: async () => {} },
      listener: {
        finalized() {},
        certified() {},
        evidence: (evidence) => expect.unreachable(`guardian ${evidence.guardian} is convicted`),
        entered() {},
        problem() {},
        failed: (error) => expect.unreachable(String(error)),
      },
    })
  })
  let cancel = () => {}
  const count = () => {
    if (others.wanted < others.stored + MAX_LEAD) others.wanted++
    for (const driver of drivers) driver.refresh()
    cancel = systemClock.schedule(COUNT_MS, count)
  }
  const others: Others = {
    wanted: 0,
    stored: 0,
    victim: null,
    hear: ({ to, bytes }) => spread(0, to, bytes),
    async stop() {
      cancel()
      await Promise.all(drivers.map((driver) => driver.stop()))
    },
  }
  for (const driver of drivers) driver.start([])
  count()
  return others
}

describeOnStores('a guardian that is killed again and again', (place) => {
  // The embedded store takes seconds to open: it bears fewer of the fifty.
  const kills = place.name === 'PGlite' ? 10 : 40
  let folder: string
  let receiver: Receiver
  let others: Others
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-killed-'))
    receiver = await startReceiver()
    others = startOthers()
  })
  afterEach(async () => {
    others.victim?.kill('SIGKILL')
    await others.stop()
    await receiver.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it(`votes twice in no view, loses no message, and goes on with its blocks: ${kills} times`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const seed = Number(process.env.BREAKWATER_SEED ?? Date.now() % 1_000_000)
    const rng = createSeededRng(seed)
    const votes: SignedVote[] = []
    const seen = { safe: 0, stored: 0, heard: 0, lives: 0 }
    const hear = (said: Said): void => {
      seen.heard++
      if (said.kind === 'net') {
        const message = decodeMessage(1n, said.bytes)
        if (message.kind === 'vote') votes.push(message.vote)
        others.hear(said)
      } else if (said.kind === 'restored') {
        seen.lives++
        const first = said.blocks[0] ?? 1
        expect(said.blocks, `seed ${seed}`).toEqual(said.blocks.map((_, index) => first + index))
        expect(said.blocks.at(-1) ?? 0, `seed ${seed}`).toBeGreaterThanOrEqual(seen.stored)
      } else seen[said.kind] = Math.max(seen[said.kind], said.count)
      others.stored = seen.stored
    }
    const start = (): ChildProcess => {
      const victim = fork(VICTIM, [place.location, folder, receiver.url], {
        execArgv: ['--import', 'tsx'],
        serialization: 'advanced',
      })
      victim.on('message', hear)
      others.victim = victim
      return victim
    }
    for (let life = 0; life < kills; life++) {
      const victim = start()
      const ended = once(victim, 'exit')
      const last = seen.heard + Math.floor(rng.next() * MAX_MESSAGES)
      await Promise.race([until(() => seen.heard > last), ended])
      expect(victim.exitCode, `seed ${seed}: it ended by itself in life ${life}`).toBeNull()
      await systemClock.sleep(rng.next() * 10)
      victim.kill('SIGKILL')
      await ended
    }
    start()
    const goal = others.wanted
    await until(() => seen.stored >= goal)
    const delivered = () => new Set(receiver.told.map(({ count }) => count))
    await until(() => delivered().size >= goal)
    expect(
      Array.from({ length: goal }, (_, index) => index + 1).filter((count) => !delivered().has(count)),
    ).toEqual([])
    expect(seen.lives).toBeGreaterThan(kills / 2)

    const byView = new Map<bigint, SignedVote[]>()
    for (const vote of votes) byView.set(vote.view, [...(byView.get(vote.view) ?? []), vote])
    const conflicts = [...byView.values()].flatMap((same) =>
      same.flatMap((a) => same.filter((b) => isSlashable(a, b))),
    )
    expect(conflicts, `seed ${seed}`).toEqual([])
    expect(byView.size, 'it hardly voted').toBeGreaterThan(kills)
  })
})
