/**
 * A guardian's votes, logs and store in a process of their own, which a test kills: what the log finalizes is told to
 * somebody outside and then stored as a block, as a guardian does with what it finds.
 */
import { join } from 'node:path'
import { createDriver } from '@breakwater/consensus'
import { createVoteGuard } from '@breakwater/keys'
import { createVoting } from '../src/act/voting.ts'
import { systemClock, systemRng } from '../src/clock.ts'
import { openOutbox } from '../src/notify/outbox.ts'
import { createWebhook } from '../src/notify/webhook.ts'
import { createBlocks } from '../src/store/blocks.ts'
import { openStore } from '../src/store/store.ts'
import { isLogLost } from '../src/store/voter.ts'
import { openWal } from '../src/wal.ts'
import { factsOf } from './blocks.ts'
import { countingConfig, createCountingDuty, type Heard, type Said } from './counting.ts'

const [location = '', folder = '', url = ''] = process.argv.slice(2)
const say = (said: Said) => void process.send?.(said)
const fail = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  process.exit(1)
}

const db = await (await openStore(location)).open('guardian')
const [votes, messages] = [
  await openWal(join(folder, 'votes.wal')),
  await openWal(join(folder, 'outbox.wal')),
]
const channels = [createWebhook({ name: 'hook', url, secret: 's' }, systemClock)]
const outbox = await openOutbox({ db, wal: messages, channels, clock: systemClock, onError() {} })
const blocks = createBlocks(db, systemClock.nowMs)
const known: number[] = []
for await (const page of blocks.load()) known.push(...page.map(({ block }) => Number(block.number)))
say({ kind: 'restored', blocks: known })

let stored = known.at(-1) ?? 0
let last: Promise<unknown> = Promise.resolve()
const record = async (count: number) => {
  if (count <= stored) return
  await outbox.put({ key: `count${count}`, body: JSON.stringify({ count }) })
  say({ kind: 'safe', count })
  await blocks.add(factsOf(count), [])
  stored = count
  say({ kind: 'stored', count })
}
const config = countingConfig(0)
const listeners = new Set<(from: number, bytes: Uint8Array) => void>()
process.on('message', ({ from, bytes }: Heard) => {
  for (const listener of listeners) listener(from, bytes)
})
process.on('disconnect', () => process.exit(0))
const voting = createVoting({
  create: (failed) =>
    createDriver({
      config: { ...config, guard: createVoteGuard(config.epoch) },
      duty: createCountingDuty(() => 0),
      clock: systemClock,
      wal: votes,
      net: {
        send: (to, bytes) => say({ kind: 'net', to, bytes }),
        broadcast: (bytes) => say({ kind: 'net', to: 'all', bytes }),
        subscribe(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
      listener: {
        finalized: (_at, counts) => {
          for (const count of counts) last = last.then(() => record(count)).catch(fail)
        },
        certified() {},
        evidence: fail,
        entered() {},
        problem: fail,
        failed,
      },
    }),
  ...{ wal: votes, clock: systemClock, rng: systemRng, onTrouble() {}, onFailed: fail },
})
const guardian = config.guardians[0] ?? '0x'
const { registry, chainId, epoch } = config
voting.start(await isLogLost(db, votes, { registry, chainId, epoch, guardian }))
