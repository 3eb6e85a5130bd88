import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatBook } from '@breakwater/deploy'
import { createWorld, guardianAddresses, type World } from '@breakwater/drills'
import type { Address, Hex } from '@breakwater/kernel'
import { loadSpec } from '@breakwater/spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answering, type Reply } from '../../test/answering.ts'
import { run } from '../../test/recorder.ts'
import { EXIT, exitCodeOf } from '../terminal.ts'
import { initCommand } from './init.ts'

const init = (...argv: string[]) => run(initCommand, ...argv)

let world: World
beforeAll(async () => {
  world = await createWorld({ seed: 3, guardians: guardianAddresses(3, 4) })
  for (let tick = 0; tick < 6; tick++) {
    world.moveMarket(1)
    await world.enqueue()
    await world.mine(20)
  }
})
afterAll(() => world.stop())

describe('init on Harbor', () => {
  it('drafts what its vault, perpetuals and feeds are, follows to the dollar, and is quiet at the head', async () => {
    const { vault, perps, btcFeed, usdc, owner } = world.harbor
    const { out, error, notes } = await init(vault, perps, btcFeed, '--rpc', world.anvil.url)
    expect(error).toBeNull()
    const spec = loadSpec(out)
    const contracts = [...spec.contracts].map(([alias, { address, holds }]) => [alias, address, holds])
    expect(contracts).toEqual([
      ['hLP', vault, ['tUSD']],
      ['contract', perps, ['tUSD']],
      ['btcUsd', btcFeed, []],
      ['tUSD', usdc, []],
    ])
    expect(spec.values.map(({ name }) => name)).toEqual(['hLPAssets', 'hLPSharePrice', 'btcUsdPrice'])
    expect(spec.invariants.map(({ require }) => require.text)).toEqual([
      expect.stringMatching(/^tUSD\.balanceOf\(hLP\) >= (90% of )?hLPAssets$/),
      ...['hLP', 'contract', 'btcUsd'].map((alias) => `${alias}.owner() == ${owner}`),
    ])
    expect(spec.detectors).toMatchObject([
      { use: 'net-outflow', of: [{ alias: 'hLP' }, { alias: 'contract' }], assets: [{ alias: 'tUSD' }] },
      { use: 'oracle-liveness', heartbeatSeconds: 60, min: { n: 1n, d: 100n }, max: 100_000_000n },
      { use: 'oracle-deviation', asset: 'BTC' },
    ])
    expect(notes).toMatch(/quiet now +hLP-backed, hLP-owner, contract-owner, btcUsd-owner, btcUsd-alive/)
    expect(notes).toMatch(/unsupported +btcUsd-price: the reference price of BTC/)
    expect(notes).not.toContain('fires now')
  })

  it('takes contracts, their names and the guardians out of an address book', async () => {
    const { registry, breaker, vault, perps, usdc } = world.harbor
    const folder = await mkdtemp(join(tmpdir(), 'breakwater-init-'))
    const file = join(folder, 'addresses.json')
    await writeFile(file, formatBook({ chainId: 31337, contracts: { registry, breaker, vault, perps } }))
    const { out, error } = await init('--book', file, '--rpc', world.anvil.url)
    expect(error).toBeNull()
    const spec = loadSpec(out)
    expect([...spec.contracts].map(([alias, { address }]) => [alias, address])).toEqual([
      ['vault', vault],
      ['perps', perps],
      ['tUSD', usdc],
    ])
    expect(spec.guardians).toEqual({ registry, breaker })
    await writeFile(file, formatBook({ chainId: 5, contracts: { vault } }))
    expect((await init('--book', file, '--rpc', world.anvil.url)).error).toMatchObject({
      message: expect.stringContaining('is said to be on chain 5'),
    })
    await writeFile(file, '{')
    const broken = (await init('--book', file, '--rpc', world.anvil.url)).error
    expect(exitCodeOf(broken)).toBe(EXIT.usage)
    await rm(folder, { recursive: true })
  })

  it('writes a file once, and tells the same as JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'breakwater-init-'))
    const file = join(folder, 'dollar.breakwater.yaml')
    const argv = [world.harbor.usdc, '--rpc', world.anvil.url, '--out', file, '--json']
    const { json, error } = await init(...argv)
    const text = await readFile(file, 'utf8')
    const again = await init(...argv)
    await rm(folder, { recursive: true })
    expect(error).toBeNull()
    expect(json).toMatchObject([
      {
        ...{ chainId: '31337', hash: loadSpec(text).hash, file, unrecognised: [], specification: text },
        contracts: [{ alias: 'tUSD', address: world.harbor.usdc }],
        rules: [{ rule: 'tUSD-owner', state: 'quiet' }],
      },
    ])
    expect(exitCodeOf(again.error)).toBe(EXIT.usage)
  })

  it('says which rules fire already', async () => {
    for (let tick = 0; tick < 2; tick++) await world.mine(300)
    const { notes, error } = await init(world.harbor.ethFeed, '--rpc', world.anvil.url)
    expect(error).toBeNull()
    expect(notes).toMatch(/fires now +ethUsd-alive: feed ethUsd is 6\d\d s old, its heartbeat is 1m/)
  })

  it('passes over what it does not know, if it knows something', async () => {
    const { breaker, usdc } = world.harbor
    const { out, notes } = await init(breaker, usdc, '--rpc', world.anvil.url)
    expect([...loadSpec(out).contracts.keys()]).toEqual(['tUSD'])
    expect(notes).toContain(`not recognised  ${breaker}`)
    expect(out).toContain(`# ${breaker}: a contract, but none of a kind that init knows.`)
  })

  it.each([
    ['an account without code', () => world.harbor.owner, /no contract at 0x[0-9a-f]{40} on chain 31337/],
    ['a contract of no known kind', () => world.harbor.breaker, /nothing is recognised at 0x/],
    ['what is no address', () => 'vault', /"vault" is no address/],
    [
      'a mistyped address',
      () => '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD'.replace('5a', '5b'),
      /typing error/,
    ],
    [
      'an account on another chain',
      () => `eip155:1:${world.harbor.vault}`,
      /said to be on chain 1, .* chain 31337/,
    ],
  ])('refuses %s', async (_what, address, reason) => {
    const { error, out } = await init(address(), '--rpc', world.anvil.url)
    expect(String(error)).toMatch(reason)
    expect(exitCodeOf(error)).toBe(EXIT.usage)
    expect(out).toBe('')
  })
})

describe('init on contracts of others', () => {
  let lastAddress = 0x1000n
  /** Puts a contract on the chain. */
  const place = async (code: Hex | readonly Reply[]): Promise<Address> => {
    const address: Address = `0x${(++lastAddress).toString(16).padStart(40, '0')}`
    const runtime = typeof code === 'string' ? code : answering(...code)
    await world.node.request('anvil_setCode', [address, runtime])
    return address
  }
  const token = (symbol: string, ...more: Reply[]): Reply[] => [
    ['function symbol() view returns (string)', [], symbol],
    ['function decimals() view returns (uint8)', [], 18],
    ['function totalSupply() view returns (uint256)', [], 10n ** 24n],
    ...more,
  ]
  const ROUND =
    'function getRoundData(uint80 roundId) view returns (uint80, int256, uint256, uint256, uint80)'
  const LATEST = 'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)'

  it('reads names that are bytes32, reserved, or written to break out of a comment', async () => {
    const symbol32: Hex = `0x4d4b52${'00'.repeat(29)}`
    const [, ...rest] = token('')
    const addresses = [
      await place([['function symbol() view returns (bytes32)', [], symbol32], ...rest]),
      await place(token('S')),
      await place(token('EVIL', ['function name() view returns (string)', [], 'x\nresponses: []\n#'])),
    ]
    const { out, error } = await init(...addresses, '--rpc', world.anvil.url)
    expect(error).toBeNull()
    expect([...loadSpec(out).contracts.keys()]).toEqual(['mkr', 'sToken', 'evil'])
    expect(out).toContain('# ERC-20 token "x?responses: []?#" (EVIL).')
  })

  it('takes no part of a vault whose assets are elsewhere, and sees that it is paused and a proxy', async () => {
    const asset = await place(token('DAI'))
    const vault = await place(
      token(
        'yDAI',
        ['function asset() view returns (address)', [], asset],
        ['function totalAssets() view returns (uint256)', [], 5_000n],
        ['function paused() view returns (bool)', [], true],
      ),
    )
    const slot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
    await world.node.request('anvil_setStorageAt', [vault, slot, `0x${asset.slice(2).padStart(64, '0')}`])
    const { out, error, notes } = await init(vault, '--rpc', world.anvil.url)
    expect(error).toBeNull()
    const spec = loadSpec(out)
    expect(spec.values.map(({ name }) => name)).toEqual(['yDAIAssets'])
    expect([spec.invariants, spec.detectors]).toEqual([[], []])
    expect(out).toContain('yDAI holds 0.00 dai, its books say 0.00 dai: nothing is suggested')
    expect(out).toContain('ERC-4626 vault "yDAI" (yDAI), paused now.')
    expect(out).toContain(`EIP-1967 proxy: runs ${asset}, its own rules decide who changes that.`)
    expect(notes).toContain('0 rules')
  })

  it('guesses the heartbeat of a proxied feed from its rounds, and asks its aggregator for bounds', async () => {
    const aggregator = await place([
      ['function minAnswer() view returns (int192)', [], 10n ** 15n],
      ['function maxAnswer() view returns (int192)', [], 10n ** 21n],
    ])
    const phase = 6n << 64n
    const updates = [1_900_000_000n, 1_899_996_390n, 1_899_996_000n, 1_899_992_401n]
    const round = (back: number) => {
      const [id, time] = [phase + 90n - BigInt(back), updates[back] ?? 0n]
      return [id, 5n * 10n ** 17n, time, time, id]
    }
    const feed = await place([
      ['function description() view returns (string)', [], 'LINK / ETH'],
      ['function decimals() view returns (uint8)', [], 18],
      ['function aggregator() view returns (address)', [], aggregator],
      [LATEST, [], round(0)],
      ...updates.map((_time, back): Reply => [ROUND, [phase + 90n - BigInt(back)], round(back)]),
    ])
    const { out, error } = await init(feed, '--rpc', world.anvil.url)
    expect(error).toBeNull()
    expect(loadSpec(out).detectors).toMatchObject([
      {
        use: 'oracle-liveness',
        heartbeatSeconds: 3_600,
        decimals: 18,
        min: { n: 1n, d: 1_000n },
        max: 1_000n,
      },
    ])
    expect(out).toContain('the last 4 reports were at most 3610 s apart')
    expect(out).toContain(`written by the aggregator ${aggregator}`)
  })

  it('does not believe a contract that answers anything, and reads on beside one that burns all gas', async () => {
    const oracle = await place('0x600160005260206000f3')
    const alone = await init(oracle, '--rpc', world.anvil.url)
    expect(String(alone.error)).toMatch(/nothing is recognised/)
    const burner = await place('0xfe')
    const { out } = await init(burner, await place(token('OK')), '--rpc', world.anvil.url)
    expect([...loadSpec(out).contracts.keys()]).toEqual(['ok'])
  })
})

describe('init against a node that fails', () => {
  const servers: Server[] = []
  afterAll(() => servers.map((server) => server.close()))

  /** A node that answers with what `reply` makes of the request's text. */
  const node = async (reply: (request: { id: number; method: string }) => string): Promise<string> => {
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      response.end(reply(JSON.parse(body)))
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const ADDRESS = `0x${'11'.repeat(20)}`
  const result = (id: number, value: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result: value })

  it.each([
    ['cuts its answers', () => '{"jsonrpc":"2.0","id":1,"res', 'CHAIN_RPC_MALFORMED'],
    [
      'answers with nonsense',
      ({ id }: { id: number }) => result(id, 'hello'),
      /CHAIN_(RPC_MALFORMED|ANSWER_INVALID)/,
    ],
    ['has no block', ({ id }: { id: number }) => result(id, null), 'CHAIN_RPC_MALFORMED'],
    [
      'refuses',
      ({ id }: { id: number }) =>
        JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32005, message: 'limit exceeded' } }),
      'CHAIN_RPC_ERROR',
    ],
  ])('says so when it %s', async (_what, reply, code) => {
    const { error } = await init(ADDRESS, '--rpc', await node(reply))
    expect(error).toMatchObject({ code: expect.stringMatching(code) })
  })

  it('says so when there is none, and asks to try later', async () => {
    const url = await node(() => '')
    await new Promise((resolve) => servers.pop()?.close(resolve))
    const { error } = await init(ADDRESS, '--rpc', url)
    expect(error).toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE' })
    expect(exitCodeOf(error)).toBe(EXIT.later)
    const wrong = await init(ADDRESS, '--rpc', 'localhost:8545')
    expect(exitCodeOf(wrong.error)).toBe(EXIT.usage)
  })
})
