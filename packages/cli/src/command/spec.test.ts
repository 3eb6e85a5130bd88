import { Readable } from 'node:stream'
import { loadSpec } from '@breakwater/spec'
import { describe, expect, it } from 'vitest'
import { run } from '../../test/recorder.ts'
import { EXIT, exitCodeOf } from '../terminal.ts'
import { specCommand } from './spec.ts'

const TEXT = `
version: 1
protocol: { name: Reef }
networks: [{ slug: local, chainId: 31337 }]
contracts:
  usdc: { address: "eip155:31337:0x5fbdb2315678afecb367f032d93f642f64180aa3", abi: erc20, decimals: 6 }
  vault: { address: "eip155:31337:0xe7f1725e7734ce288f8367e1bb143e90bb3f0512", abi: erc4626, holds: [usdc] }
  feed: { address: "eip155:31337:0xcf7ed3acca5a467e9e704c603e8d87f634fb0fc9", abi: aggregatorV3 }
values:
  tvl: vault.totalAssets()
invariants:
  - { id: backed, require: usdc.balanceOf(vault) >= tvl, severity: critical }
detectors:
  - { use: net-outflow, of: vault, limits: { tx: 3%, 10m: 10% } }
  - { use: oracle-deviation, of: feed, asset: BTC, max: 1% }
responses:
  - { when: severity >= high, do: alert }
`
const WRONG = TEXT.replace('vault.totalAssets()', 'vault.totalAsets()').replace(
  'severity: critical',
  'severity: dire',
)

const spec = (text: string, ...argv: string[]) =>
  run((terminal) => specCommand(terminal, Readable.from([text])), ...argv)

describe('spec check', () => {
  it('says what a right specification asks for', async () => {
    const { out, exitCode, error } = await spec(TEXT, 'check', '-')
    expect(error).toBeNull()
    expect(exitCode).toBe(EXIT.ok)
    expect(out).toContain('✓ stdin is right')
    expect(out).toContain('Reef on local (chain 31337)')
    expect(out).toContain('1 value, 1 invariant, 2 detectors, 1 response')
    expect(out).toContain('3 values in 1 call, the logs of 1 contract')
    expect(out).toContain('reference prices of BTC')
    expect(out).toContain('10m at most')
  })

  it('says the same as one JSON object', async () => {
    const { json, exitCode } = await spec(TEXT, 'check', '-', '--json')
    expect(exitCode).toBe(EXIT.ok)
    expect(json).toEqual([
      {
        file: 'stdin',
        name: 'Reef',
        network: 'local',
        chainId: '31337',
        hash: loadSpec(TEXT).hash,
        ...{ values: 1, invariants: 1, detectors: 2, responses: 1 },
        ...{ reads: 3, calls: 1, watched: 1, assets: ['BTC'], windowSeconds: 600 },
      },
    ])
  })

  it('lists every problem with its place and a hint, and exits with 2', async () => {
    const { out, exitCode, notes } = await spec(WRONG, 'check', '-')
    expect(exitCode).toBe(EXIT.usage)
    expect(out).toMatch(/^stdin:10:14: .*totalAsets.* \[SPEC_NAME\]\n {2}hint: did you mean "totalAssets"\?/)
    expect(out).toMatch(/^stdin:12:\d+: .*severity.*\[SPEC_FIELD\]/m)
    expect(notes).toBe('stdin: 2 problems')
  })

  it('lists them as JSON, one a line', async () => {
    const { json, exitCode } = await spec(WRONG, 'check', '-', '--json')
    expect(exitCode).toBe(EXIT.usage)
    expect(json.map(({ code, line, path }) => [code, line, path])).toEqual([
      ['SPEC_NAME', 10, 'values.tvl'],
      ['SPEC_FIELD', 12, 'invariants[0].severity'],
    ])
  })

  it.each(['', '\u0000', '{', '- 1', 'x: &a [*a]'])(
    'reports %j as problems, and never fails over it',
    async (text) => {
      const { out, exitCode, error } = await spec(text, 'check', '-')
      expect(error).toBeNull()
      expect(exitCode).toBe(EXIT.usage)
      expect(out).toMatch(/\[SPEC_(YAML|FIELD)\]/)
    },
  )

  it('says that a file is not there', async () => {
    const { error } = await spec('', 'check', 'no-such.yaml')
    expect(exitCodeOf(error)).toBe(EXIT.usage)
    expect(String(error)).toMatch(/no-such\.yaml cannot be read: ENOENT/)
  })
})

describe('spec hash', () => {
  it('is that of the parsed specification, whatever its comments', async () => {
    const { hash } = loadSpec(TEXT)
    expect((await spec(`# a comment\n${TEXT}`, 'hash', '-')).out).toBe(hash)
    expect((await spec(TEXT, 'hash', '-', '--json')).json).toEqual([{ file: 'stdin', hash }])
  })

  it('is not given for a wrong one', async () => {
    const { out, error } = await spec(WRONG, 'hash', '-')
    expect(out).toBe('')
    expect(exitCodeOf(error)).toBe(EXIT.usage)
  })
})
