import { canonicalJson, keccakText } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { address, GUARDIANS, HEAD, loadInvariant, placeOf, sceneOf } from '../test/sample.ts'
import { evaluate } from './expression/compile.ts'
import { formatProblem, SpecError } from './problem.ts'
import { checkSpec, loadSpec, specHash } from './spec.ts'

const WHOLE = `${HEAD}values:
  tvl: vault.totalAssets()
  outflow1h: sum(events(usdc.Transfer, from == vault).value, 1h)
invariants:
  - { id: solvent, require: tvl >= perps.totalClaims(), severity: critical, description: claims are backed }
  - { id: calm, require: outflow1h <= 20% of tvl, severity: high }
detectors:
  - { use: net-outflow, of: vault, limits: { tx: 3%, 1h: 20% } }
responses:
  - { when: severity >= critical, do: pause, target: vault, for: 1h, quorum: certificate }
limits: { maxLoss: { per: 1h, value: 20% of tvl, alone: true } }
screening: { mode: enforce, onError: closed }
${GUARDIANS}disclosure: { owner: Harbor DAO, audits: [] }
`

describe('loadSpec', () => {
  const spec = loadSpec(WHOLE)

  it('resolves everything', () => {
    expect(spec).toMatchObject({
      name: 'Harbor',
      chainId: 31_337n,
      network: { slug: 'local', maxPastBlocks: 'unlimited', confirmations: 0 },
      guardians: { registry: address('b1'), breaker: address('b2') },
      invariants: [{ id: 'solvent', severity: 'critical', description: 'claims are backed' }, { id: 'calm' }],
      maxLoss: { perSeconds: 3_600, alone: true },
    })
    expect(spec.contracts.get('vault')).toMatchObject({
      alias: 'vault',
      address: address('a3'),
      holds: ['usdc'],
    })
    expect(spec.contracts.get('usdc')).toMatchObject({ decimals: 6 })
    expect(spec.needs.calls.map(({ id }) => id)).toEqual(['vault.totalAssets()', 'perps.totalClaims()'])
    expect(spec.needs.windowSeconds).toBe(3_600)
  })

  it('merges the ABIs that a contract lists, each function once', () => {
    const names = spec.contracts.get('vault')?.abi.flatMap((item) => ('name' in item ? item.name : []))
    expect(names).toContain('owner')
    expect(names).toContain('paused')
    expect(
      checkSpec(
        WHOLE.replace(
          'abi: [erc4626, ownable, pausable]',
          'abi: [erc4626, erc20, "function paused() view returns (bool)"]',
        ),
      ),
    ).toEqual([])
  })

  it('throws all problems at once, the first in its message', () => {
    const text = WHOLE.replace('tvl >=', 'tvll >=').replace('20% of tvl, severity', '5 usdc + 1h, severity')
    const attempt = () => loadSpec(text, { file: 'harbor.yaml' })
    expect(attempt).toThrow(SpecError)
    try {
      attempt()
    } catch (error) {
      const { line, column } = placeOf(text, 'tvll')
      const { code, shortMessage, hint, problems } = error as SpecError
      expect(code).toBe('SPEC_INVALID')
      expect(shortMessage).toBe(
        `harbor.yaml:${line}:${column}: there is no value or contract "tvll" (and 1 more)`,
      )
      expect(hint).toBe('did you mean "tvl"?')
      expect(problems).toMatchObject([{ code: 'SPEC_NAME' }, { code: 'SPEC_UNIT', ...placeOf(text, '+ 1h') }])
      const [problem] = problems
      expect(problem && formatProblem(problem, 'f')).toBe(
        `f:${line}:${column}: there is no value or contract "tvll" [SPEC_NAME]\n  hint: did you mean "tvl"?`,
      )
    }
  })

  it('gives expressions that evaluate', () => {
    const { invariants } = loadInvariant('vault.totalAssets() >= perps.totalClaims()')
    const scene = {
      ...sceneOf({ calls: { 'vault.totalAssets()': 1n, 'perps.totalClaims()': 2n } }),
      values: new Map(),
    }
    expect(invariants.map(({ require }) => evaluate(require, scene))).toEqual([{ ok: true, value: false }])
  })
})

describe('checkSpec', () => {
  /** The problems after replacing something in a specification that has none. */
  const problemsAfter = (part: string, replacement: string) => {
    expect(WHOLE).toContain(part)
    return checkSpec(WHOLE.replace(part, replacement))
  }

  it('has nothing against a specification that is right', () => {
    expect(checkSpec(WHOLE)).toEqual([])
  })

  it.each<[string, string, string, string, string, string | undefined]>([
    ['version: 1', 'version: 2', 'SPEC_FIELD', 'version must be 1, not 2', '2', undefined],
    ['version: 1', 'version: 1.0', 'SPEC_FIELD', 'version must be 1, not "1.0"', '1.0', undefined],
    ['version: 1\n', '', 'SPEC_FIELD', 'version is missing', 'protocol', 'it must be 1'],
    [
      'kinds: [perpetuals]',
      'kinds: [perpetual]',
      'SPEC_FIELD',
      'protocol.kinds[0] must be perpetuals or options or futures or lending or exchange or vault or stablecoin or bridge, not "perpetual"',
      'perpetual]',
      'did you mean "perpetuals"?',
    ],
    [
      'screening:',
      'screning:',
      'SPEC_FIELD',
      'the file has no field "screning"',
      'screning',
      'did you mean "screening"?',
    ],
    [
      'mode: enforce, ',
      '',
      'SPEC_FIELD',
      'screening.mode is missing',
      'screening:',
      'it must be enforce or observe',
    ],
    [
      'abi: Perps, holds: [usdc]',
      'abi: Perps, hold: [usdc]',
      'SPEC_FIELD',
      'contracts.perps has no field "hold"',
      'hold:',
      'did you mean "holds"?',
    ],
    [
      'holds: [usdc] }\n  perps',
      'holds: [usdx] }\n  perps',
      'SPEC_NAME',
      'there is no contract "usdx"',
      'usdx',
      'did you mean "usdc"?',
    ],
    [
      'decimals: 6',
      'decimals: six',
      'SPEC_FIELD',
      'contracts.usdc.decimals must be a number, not "six"',
      'six',
      undefined,
    ],
    [
      'decimals: 6',
      'decimals: 99',
      'SPEC_FIELD',
      'contracts.usdc.decimals must be at most 36, not 99',
      '99',
      undefined,
    ],
    [
      'abi: aggregatorV3',
      'abi: aggregatorv3',
      'SPEC_NAME',
      'there is no ABI "aggregatorv3"',
      'aggregatorv3',
      'did you mean "aggregatorV3"?',
    ],
    [
      'function totalClaims() view',
      'function totalClaims() veiw',
      'SPEC_ABI',
      '"function totalClaims() veiw returns (uint256)" is not an ABI item: Invalid ABI parameter.',
      'function totalClaims',
      'write it as in Solidity: function totalAssets() view returns (uint256)',
    ],
    [
      '  Perps:',
      '  erc20: [function a()]\n  Perps:',
      'SPEC_DUPLICATE',
      '"erc20" is a built-in ABI',
      'erc20:',
      'choose another name',
    ],
    [
      address('a2'),
      address('a1'),
      'SPEC_DUPLICATE',
      '"weth" has the same address as "usdc"',
      `"eip155:31337:${address('a1')}", abi: erc20, decimals: 18`,
      'list both ABIs under one alias: abi: [First, Second]',
    ],
    [
      `eip155:31337:${address('a5')}`,
      `eip155:1:${address('a5')}`,
      'SPEC_NETWORK',
      '"feed" is on chain 1, the network is chain 31337',
      '"eip155:1:',
      undefined,
    ],
    [
      `eip155:31337:${address('b2')}`,
      `eip155:1:${address('b2')}`,
      'SPEC_NETWORK',
      'guardians.breaker is on chain 1, the network is chain 31337',
      '"eip155:1:',
      undefined,
    ],
    [
      `"eip155:31337:${address('a5')}"`,
      '0xa5',
      'SPEC_FIELD',
      'contracts.feed.address must be an account such as eip155:1:0x… with 40 hexadecimal digits, not "0xa5"',
      '0xa5',
      undefined,
    ],
    ['  weth:', '  max:', 'SPEC_DUPLICATE', '"max" is a word of the expression language', 'max:', undefined],
    [
      '  weth:',
      '  w-eth:',
      'SPEC_FIELD',
      'the name "w-eth" must be a name of letters, digits and _ that begins with a letter (at most 64)',
      'w-eth',
      undefined,
    ],
    [
      'id: calm',
      'id: solvent',
      'SPEC_DUPLICATE',
      'there are two rules "solvent"',
      'solvent, require: outflow1h',
      'give this one an `id` of its own',
    ],
    [
      'id: calm',
      'id: 1',
      'SPEC_FIELD',
      'invariants[1].id must be an id of letters, digits, - and _ that begins with a letter (at most 96), not 1',
      '1, require',
      undefined,
    ],
    [
      'severity: high',
      'severity: hihg',
      'SPEC_FIELD',
      'invariants[1].severity must be info or low or medium or high or critical, not "hihg"',
      'hihg',
      'did you mean "high"?',
    ],
    [
      'require: outflow1h <= 20% of tvl',
      'require: 1 <= 2',
      'SPEC_RULE',
      'this is always true: it reads nothing from the chain',
      '1 <= 2',
      undefined,
    ],
    [
      'require: outflow1h <= 20% of tvl',
      'require: outflow1h',
      'SPEC_TYPE',
      'outflow1h is an on-chain number where a condition belongs',
      'outflow1h, severity',
      undefined,
    ],
    [
      'require: outflow1h <= 20% of tvl',
      'require: outflow1h >= 5%',
      'SPEC_UNIT',
      'cannot compare an on-chain number and a share: outflow1h, 5%',
      '>= 5%',
      'write 5% of … and what it is a share of',
    ],
    [
      'value: 20% of tvl',
      'value: 20% of',
      'SPEC_SYNTAX',
      'a value is missing before the end',
      ', alone',
      undefined,
    ],
    [
      'value: 20% of tvl',
      'value: 20%',
      'SPEC_UNIT',
      '20% is a share where an amount belongs',
      '20%, alone',
      'write 20% of tvl',
    ],
    [
      'per: 1h',
      'per: 60',
      'SPEC_FIELD',
      'limits.maxLoss.per must be a duration such as 30s, 10m, 1h or 7d, not 60',
      '60, value',
      undefined,
    ],
  ])('%j → %j: %s %s', (part, replacement, code, message, needle, hint) => {
    const text = WHOLE.replace(part, replacement)
    const [problem, another] = problemsAfter(part, replacement)
    expect(another).toBeUndefined()
    expect(problem).toMatchObject({ code, message, ...placeOf(text, needle) })
    expect(problem?.hint).toBe(hint)
  })

  it('wants exactly one network', () => {
    const networks = 'networks: [{ slug: local, chainId: 31337 }]'
    expect(problemsAfter(networks, 'networks: []')).toMatchObject([
      { message: 'networks must be exactly one network for now, not []' },
    ])
    const two = 'networks: [{ slug: local, chainId: 31337 }, { slug: base, chainId: 8453 }]'
    expect(problemsAfter(networks, two)).toMatchObject([{ code: 'SPEC_FIELD', path: 'networks' }])
  })

  it('reports every problem of a file, in its order', () => {
    const text = WHOLE.replace('mode: enforce', 'mode: off')
      .replace('tvl: vault.', 'tvl: valt.')
      .replace('limits: { tx: 3%', 'limits: { tx: 3')
      .replace('target: vault', 'target: valut')
    expect(checkSpec(text).map(({ path }) => path)).toEqual([
      'values.tvl',
      'detectors[0].limits.tx',
      'responses[0].target',
      'screening.mode',
    ])
  })

  it.each([
    '',
    'null',
    '5',
    '[]',
    'text',
    '{}',
    '- a',
    'contracts: 5',
    'values: [1]\ninvariants: { a: 1 }',
    'responses:\n  - when: 1',
  ])('finds problems, and does not throw, in %j', (text) => {
    expect(checkSpec(text).length).toBeGreaterThan(0)
  })

  it('never throws, whatever is cut out of a file or put into it', () => {
    const edits = fc.array(
      fc.tuple(
        fc.nat(WHOLE.length),
        fc.nat(40),
        fc.oneof(
          fc.string({ maxLength: 6 }),
          fc.constantFrom('[', '{', '-', '\n', '  ', ': ', '""', 'null', '0'),
        ),
      ),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(edits, (parts) => {
        let text = WHOLE
        for (const [at, length, inserted] of parts)
          text = text.slice(0, at) + inserted + text.slice(at + length)
        const lines = text.split('\n').length
        for (const { line, column } of checkSpec(text)) {
          expect(line >= 1 && line <= lines && column >= 1).toBe(true)
        }
      }),
      { numRuns: 120 },
    )
  })

  it('lists at most 200 problems', () => {
    const values = Array.from({ length: 250 }, (_, i) => `  v${i}: nothing\n`).join('')
    expect(checkSpec(`${HEAD}values:\n${values}`)).toHaveLength(200)
  })
})

describe('the hash', () => {
  const { hash, document } = loadSpec(WHOLE)

  it('is keccak256 of the canonical JSON of what was written', () => {
    const lowered = parse(WHOLE)
    expect(hash).toBe(keccakText(canonicalJson(lowered)))
    expect(hash).toBe(specHash(document))
  })

  it('never changes for this file', () => {
    expect(hash).toBe('0xb0b029a0ed3f45e0d6e791582d67074eb9e3afd89e841daff1ebc20d1cfcdd7e')
  })

  it('does not depend on comments, spaces, quotes, the order of keys or the case of addresses', () => {
    const shuffles = fc.infiniteStream(fc.nat())
    fc.assert(
      fc.property(
        shuffles,
        fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
        fc.integer({ min: 1, max: 6 }),
        (stream, style, indent) => {
          const shuffled = shuffleKeys(parse(WHOLE), () => stream.next().value ?? 0)
          const text = stringify(shuffled, {
            indent,
            lineWidth: 0,
            defaultStringType: style,
            defaultKeyType: 'PLAIN',
          })
          const commented = text
            .replaceAll('\n', '  # a comment\n\n')
            .replaceAll(address('a3'), `0x${address('a3').slice(2).toUpperCase()}`)
          expect(loadSpec(commented).hash).toBe(hash)
        },
      ),
      { numRuns: 20 },
    )
  })

  it.each([
    ['3%', '4%'],
    ['solvent', 'solvency'],
    [', alone: true', ''],
    ['tvl >= perps', 'tvl  >= perps'],
    ['quorum: certificate', 'onError: open'],
  ])('changes with what is written: %s → %s', (part, replacement) => {
    expect(loadSpec(WHOLE.replace(part, replacement)).hash).not.toBe(hash)
  })
})

function shuffleKeys(value: unknown, next: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffleKeys(item, next))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => ({
    key,
    item: shuffleKeys(item, next),
    place: next(),
  }))
  return Object.fromEntries(entries.sort((a, b) => a.place - b.place).map(({ key, item }) => [key, item]))
}
