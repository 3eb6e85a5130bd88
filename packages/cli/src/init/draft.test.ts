import type { Address } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { draftSpec } from './draft.ts'
import type { Feed } from './feed.ts'
import type { Found, Survey } from './survey.ts'

const at = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const BLOCK = {
  number: 42n,
  hash: `0x${'ab'.repeat(32)}`,
  parentHash: '0x',
  timestampSeconds: 1_700_000_000n,
} as const
const NOTHING = {
  assetOf: null,
  token: null,
  vault: null,
  feed: null,
  owner: null,
  paused: null,
  proxy: null,
}
const USDC: Found = { ...NOTHING, address: at(1), token: { symbol: 'USDC', name: 'USD Coin', decimals: 6 } }
const VAULT: Found = {
  ...NOTHING,
  address: at(2),
  token: { symbol: 'rUSDC', name: 'Reef USDC', decimals: 18 },
  vault: { asset: USDC.address, totalAssets: 1_000_000n, hasSharePrice: true },
}
const FEED: Feed = {
  description: 'BTC / USD',
  decimals: 8,
  heartbeat: { seconds: 3_600, from: 'rounds', rounds: 20, longestSeconds: 3_601 },
  bounds: { min: 1_000_000n, max: 10n ** 16n },
  aggregator: at(9),
}

function survey(contracts: readonly Found[], balance = 0n): Survey {
  const holdings = balance === 0n ? [] : [{ holder: VAULT.address, token: USDC.address, balance }]
  return { chainId: 1n, block: BLOCK, contracts, strangers: [], holdings }
}
const invariantsOf = (of: Survey) =>
  draftSpec(of).spec.invariants.map(({ id, require }) => [id, require.text])

describe('a draft', () => {
  it('of a vault asks for what it holds, as far as it holds it now', () => {
    const backed = (balance: bigint) => invariantsOf(survey([USDC, VAULT], balance))
    expect(backed(1_000_000n)).toEqual([['rUSDC-backed', 'usdc.balanceOf(rUSDC) >= rUSDCAssets']])
    expect(backed(1_000_001n)).toEqual([['rUSDC-backed', 'usdc.balanceOf(rUSDC) >= 90% of rUSDCAssets']])
    expect(backed(900_000n)).toEqual([['rUSDC-backed', 'usdc.balanceOf(rUSDC) >= 90% of rUSDCAssets']])
    expect(backed(899_999n)).toEqual([])
  })

  it('watches what leaves those who keep something, all together', () => {
    const desk = { ...NOTHING, address: at(3), paused: false }
    const both: Survey = {
      ...survey([USDC, VAULT, desk], 1_000_000n),
      holdings: [
        { holder: VAULT.address, token: USDC.address, balance: 1_000_000n },
        { holder: desk.address, token: USDC.address, balance: 5n },
      ],
    }
    const { spec } = draftSpec(both)
    expect(spec.detectors).toMatchObject([{ use: 'net-outflow', subject: 'rUSDC-contract' }])
    expect(spec.contracts.get('contract')?.holds).toEqual(['usdc'])
    // Elsewhere is where no rule sees it.
    expect(draftSpec(survey([USDC, VAULT], 1_000n)).spec.detectors).toEqual([])
  })

  it('of a feed says when it is late and what it can answer, and in dollars what is right', () => {
    const { spec, text } = draftSpec(survey([{ ...NOTHING, address: at(4), feed: FEED }]))
    expect(spec.detectors).toMatchObject([
      { use: 'oracle-liveness', id: 'btcUsd-alive', heartbeatSeconds: 3_600, max: 100_000_000n },
      { use: 'oracle-deviation', id: 'btcUsd-price', asset: 'BTC', decimals: 8 },
    ])
    expect(text).toContain('min: 0.01, max: 100000000,')
    expect(text).toContain(`written by the aggregator ${at(9)}`)
    expect(text).toContain('A guess: the last 20 reports were at most 3601 s apart. DECIDE')
  })

  it('of a feed in something else than dollars compares it with nothing', () => {
    const feed = { ...FEED, description: 'LINK / ETH', decimals: 18, bounds: { min: 1n, max: 10n ** 40n } }
    const { spec, text } = draftSpec(survey([{ ...NOTHING, address: at(4), feed }]))
    expect(spec.detectors.map(({ use }) => use)).toEqual(['oracle-liveness'])
    expect(text).toContain('min: 0.000000000000000001, max: 10000000000000000000000, decimals: 18')
  })

  it('names owners and pauses, and says what a single key is', () => {
    const owner = { address: at(7), hasCode: false }
    const { spec, text } = draftSpec(
      survey([
        { ...USDC, owner, paused: true },
        { ...VAULT, owner, paused: false },
      ]),
    )
    expect(spec.invariants.map(({ id }) => id)).toEqual([...['usdc-owner', 'rUSDC-owner', 'rUSDC-unpaused']])
    expect(text).toContain('# The owner has no code: one key decides.')
    expect(text).toContain('# The owner of usdc too.')
    expect(text).toMatch(/# ERC-20 token "USD Coin" \(USDC\), owned by 0x0+7, paused now\./)
  })

  it('takes of an asset the token alone, and says whose it is', () => {
    const asset = { ...USDC, assetOf: VAULT.address, owner: { address: at(7), hasCode: true }, paused: false }
    const { spec, text } = draftSpec(survey([VAULT, asset], 1_000_000n))
    expect(spec.invariants.map(({ id }) => id)).toEqual(['rUSDC-backed'])
    expect(text).toContain('# Asset of rUSDC: ERC-20 token "USD Coin" (USDC)')
    expect(text).toContain('abi: erc20, decimals: 6')
  })

  it('notes what a proxy runs and who can change it, and what is not recognised', () => {
    const proxy = { implementation: at(20), beacon: null, admin: at(21) }
    const { text } = draftSpec({ ...survey([{ ...USDC, proxy }]), strangers: [at(30)] })
    expect(text).toContain(`# EIP-1967 proxy: runs ${at(20)}, ${at(21)} can change that.`)
    expect(text).toContain(`# ${at(30)}: a contract, but none of a kind that init knows.`)
    const beacon = { implementation: null, beacon: at(22), admin: null }
    expect(draftSpec(survey([{ ...USDC, proxy: beacon }])).text).toContain(`what the beacon ${at(22)} says`)
  })

  it('has no response where nothing can be found', () => {
    expect(draftSpec(survey([USDC])).spec.responses).toEqual([])
  })

  it('is a right specification whatever contracts say of themselves', () => {
    const printable = fc.string({
      unit: fc.integer({ min: 32, max: 126 }).map((c) => String.fromCharCode(c)),
      minLength: 1,
      maxLength: 60,
    })
    const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
    const token = fc.record({ symbol: printable, name: printable, decimals: fc.integer({ min: 0, max: 36 }) })
    const owner = fc.record({ address: fc.integer({ min: 0, max: 50 }).map(at), hasCode: fc.boolean() })
    const int = fc.bigInt({ min: -(2n ** 191n), max: 2n ** 191n - 1n })
    const feed: fc.Arbitrary<Feed> = fc.record({
      description: fc.oneof(printable, fc.constantFrom('BTC / USD', 'X/USD', 'EUR / USD', 'a / USD')),
      decimals: fc.integer({ min: 0, max: 36 }),
      heartbeat: fc.record({
        seconds: fc.integer({ min: 1, max: 30 * 86_400 }),
        from: fc.constantFrom('stated', 'rounds', 'unknown'),
        rounds: fc.nat(40),
        longestSeconds: fc.nat(),
      }),
      bounds: fc.option(fc.record({ min: int, max: int })),
      aggregator: fc.option(fc.constant(at(60))),
    })
    const found = fc.record({
      token: fc.option(token),
      totalAssets: fc.option(amount),
      feed: fc.option(feed),
      owner: fc.option(owner),
      paused: fc.option(fc.boolean()),
      isAsset: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(found, { minLength: 1, maxLength: 6 }), amount, (items, balance) => {
        const contracts = items.map(({ totalAssets, isAsset, ...traits }, i): Found => {
          const isVault = traits.token !== null && totalAssets !== null
          const vault = isVault ? { asset: USDC.address, totalAssets, hasSharePrice: i % 2 === 0 } : null
          const known = Object.values(traits).some((trait) => trait !== null) ? {} : { paused: false }
          return {
            ...NOTHING,
            ...traits,
            ...known,
            vault,
            address: at(100 + i),
            assetOf: isAsset ? USDC.address : null,
          }
        })
        const keepers = contracts.filter(({ token: held, vault }) => held === null || vault !== null)
        const holdings = keepers.flatMap(({ address }) =>
          balance === 0n ? [] : [{ holder: address, token: USDC.address, balance }],
        )
        const all = [
          USDC,
          ...contracts.map((one) => (one.assetOf === null ? one : { ...one, token: USDC.token })),
        ]
        const { spec } = draftSpec({ ...survey(all), holdings })
        expect(spec.contracts.size).toBe(all.length)
      }),
      { numRuns: 150 },
    )
  })
})
