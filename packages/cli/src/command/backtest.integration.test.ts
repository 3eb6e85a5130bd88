import { Readable } from 'node:stream'
import { createWorld, DRILLS, guardianAddresses, type World } from '@breakwater/drills'
import { defined } from '@breakwater/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../test/recorder.ts'
import { EXIT, exitCodeOf, type Terminal } from '../terminal.ts'
import { backtestCommand } from './backtest.ts'

const SEED = 5
const DRILL = defined(
  DRILLS.find(({ name }) => name === 'books-broken'),
  'the drill',
)
const AFTER = 5

describe('backtest of a broken book', () => {
  let world: World
  /** The first block in which claims exceed what backs them. */
  let broken = 0n
  let head = 0n

  beforeAll(async () => {
    world = await createWorld({
      seed: SEED,
      guardians: guardianAddresses(SEED, 4),
      startMinute: DRILL.startMinute,
    })
    const attacker = await DRILL.create(SEED, world)
    for (const [tick, { seconds, minutes }] of DRILL.ticks.slice(0, DRILL.attackTick + AFTER).entries()) {
      world.moveMarket(minutes)
      const round = tick - DRILL.attackTick
      if (round < 0) await attacker.prepare(-round)
      else await attacker.act(round)
      await world.enqueue()
      head = (await world.mine(seconds)).number
      if (round === 0) broken = head
    }
  })
  afterAll(() => world.stop())

  const backtestWith = (wrap: (terminal: Terminal) => Terminal, text: string, ...argv: string[]) =>
    run(
      (terminal) => backtestCommand(wrap(terminal), Readable.from([text])),
      ...['--spec', '-', '--rpc', world.anvil.url, ...argv],
    )
  const backtest = (...argv: string[]) => backtestWith((terminal) => terminal, world.harbor.specText, ...argv)

  it('finds it in the block in which it broke, and what would have been done', async () => {
    const { json, error, exitCode } = await backtest('--from', String(world.startBlock), '--json')
    expect(error).toBeNull()
    expect(exitCode).toBe(EXIT.failed)
    const [finding, summary] = [json[0], json.at(-1)]
    expect(finding).toMatchObject({
      ...{ type: 'finding', block: String(broken), rule: 'claims-backed', severity: 'critical' },
      ...{ detector: 'invariant', role: 'damage', blockHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) },
    })
    expect(summary).toMatchObject({
      ...{ type: 'summary', chainId: '31337', specHash: world.harbor.spec.hash, isComplete: true },
      ...{ from: String(world.startBlock), to: String(head) },
      needReference: ['btc-price', 'eth-price', 'btc-feed', 'eth-feed'],
    })
    const { blocks, passed, found, unknown, logs } = summary as Record<string, number>
    expect(blocks).toBe(Number(head - world.startBlock) + 1)
    expect([passed, found, unknown]).toEqual([0, AFTER, (blocks ?? 0) - AFTER])
    expect(logs).toBeGreaterThan(20)
    expect(summary?.findings).toContainEqual({
      ...{ rule: 'claims-backed', detector: 'invariant', severity: 'critical', times: 1 },
      ...{ blocks: AFTER, first: String(broken), last: String(head) },
    })
    expect(summary?.responses).toMatchObject([
      { response: 'pause-perps', target: 'perps', times: 1, first: String(broken) },
      { response: 'pause-vault', target: 'vault', times: 1, first: String(broken) },
      { response: 'pause-options', target: 'options', times: 1, first: String(broken) },
      { response: 'tell', do: 'alert' },
    ])
  })

  it('tells people the same, and what could not be judged', async () => {
    const { out, notes } = await backtest('--from', String(world.startBlock))
    expect(out).toContain(`block ${broken}  critical  claims-backed: Traders' claims are covered`)
    expect(out).toContain(`Harbor on chain 31337, blocks ${world.startBlock} to ${head}`)
    expect(out).toMatch(/bad-debt-slow +warming +\d+ blocks from \d+ to \d+ +badDebt <= ago/)
    expect(out).toMatch(/pause-perps +pause perps +1 time +in block \d+/)
    expect(out).toContain('no reference prices in history: btc-price, eth-price, btc-feed, eth-feed')
    expect(notes).toContain(`first ${world.startBlock} blocks from 0 on, to fill the windows`)
  })

  it('judges from the beginning of the chain without being asked for blocks', async () => {
    const { json, exitCode } = await backtest('--json')
    expect(json.at(-1)).toMatchObject({ from: '0', to: String(head) })
    expect(exitCode).toBe(EXIT.failed)
  })

  it('ends well before it broke, and with a window that is full where one can be', async () => {
    // With nothing but a short window and what can be read, every block can pass.
    const text = world.harbor.specText.replace(/10m: 3%, 1h: 10%/, '3s: 10%').replaceAll('10m', '3s')
    const argv = ['--from', String(broken - 4n), '--to', String(broken - 1n), '--json']
    const { json, exitCode, error } = await backtestWith((terminal) => terminal, text, ...argv)
    expect(error).toBeNull()
    expect(exitCode).toBe(EXIT.ok)
    expect(json).toMatchObject([
      { type: 'summary', blocks: 4, passed: 4, found: 0, unknown: 0, findings: [] },
    ])
  })

  it('tells what it has so far when it is interrupted', async () => {
    const interrupting = (terminal: Terminal): Terminal => ({
      ...terminal,
      print(line) {
        terminal.print(line)
        if (line.includes('claims-backed:')) process.emit('SIGINT')
      },
    })
    const listeners = process.listenerCount('SIGINT')
    const { out, error } = await backtestWith(interrupting, world.harbor.specText, '--from', '3')
    expect(exitCodeOf(error)).toBe(EXIT.later)
    expect(out).toContain(`(ended after ${broken})`)
    expect(process.listenerCount('SIGINT')).toBe(listeners)
  })

  it('calls blocks whose state is gone unknown, not passed', async () => {
    for (let block = 0; block < 260; block++) head = (await world.mine(1)).number
    const { out, exitCode } = await backtest('--from', String(world.startBlock), '--to', String(broken))
    expect(exitCode).toBe(EXIT.ok)
    expect(out).toContain(`passed 0, found 0, unknown ${broken - world.startBlock + 1n}`)
    expect(out).toMatch(/claims-backed +pruned/)
    expect(out).toContain('an archive node has')
  })

  it.each([
    ['blocks in the wrong order', ['--from', '5', '--to', '4']],
    ['a block that is not there yet', ['--to', '100000']],
    ['what is no block', ['--from', 'yesterday']],
  ])('refuses %s', async (_what, argv) => {
    const { error, out } = await backtest(...argv)
    expect(exitCodeOf(error)).toBe(EXIT.usage)
    expect(out).toBe('')
  })

  it('refuses a wrong specification, and one of another chain', async () => {
    const broke = await backtestWith((terminal) => terminal, world.harbor.specText.replace('tvl:', 'tvl'))
    expect(exitCodeOf(broke.error)).toBe(EXIT.usage)
    const elsewhere = world.harbor.specText.replaceAll('31337', '10')
    const { error } = await backtestWith((terminal) => terminal, elsewhere, '--to', '5')
    expect(error).toMatchObject({ code: 'CHAIN_WRONG_ID' })
    expect(exitCodeOf(error)).toBe(EXIT.usage)
  })
})
