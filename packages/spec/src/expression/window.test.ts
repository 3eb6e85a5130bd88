import { known, unknown } from '@breakwater/kernel'
import { encodeEventTopics, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { address, evaluated, problemOf, problemsOf, withValue } from '../../test/sample.ts'
import { loadSpec } from '../spec.ts'

const needsOf = (expression: string) => loadSpec(withValue(expression)).needs
const seriesOf = (expression: string) => needsOf(expression).series

const abi = parseAbi([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Opened(address indexed account, bytes32 indexed market, int256 size, uint256 fee)',
])
const [TRANSFER] = encodeEventTopics({ abi, eventName: 'Transfer' })
const [OPENED] = encodeEventTopics({ abi, eventName: 'Opened' })
const word = (digits: string) => `0x${digits.padStart(64, '0')}`

describe('sums and counts of events', () => {
  it('become series', () => {
    expect(needsOf('sum(events(usdc.Transfer, from == vault, to == perps).value, 1h)')).toEqual({
      calls: [],
      series: [
        {
          id: 'events(usdc.Transfer, from == vault, to == perps).value',
          address: address('a1'),
          topic0: TRANSFER,
          where: [
            { word: { in: 'topics', index: 1, type: 'uint' }, equals: word('a3') },
            { word: { in: 'topics', index: 2, type: 'uint' }, equals: word('a4') },
          ],
          add: { in: 'data', index: 0, type: 'uint' },
        },
      ],
      past: [],
      assets: [],
      windowSeconds: 3_600,
    })
    expect(seriesOf("count(events(perps.Opened, market == 'BTC', fee == 5), 10m)")).toEqual([
      {
        id: "events(perps.Opened, market == 'BTC', fee == 5)",
        address: address('a4'),
        topic0: OPENED,
        where: [
          { word: { in: 'topics', index: 2, type: 'uint' }, equals: `0x425443${'0'.repeat(58)}` },
          { word: { in: 'data', index: 1, type: 'uint' }, equals: word('5') },
        ],
        add: null,
      },
    ])
    expect(seriesOf('sum(events(perps.Opened).size, 1h)')).toMatchObject([
      { add: { in: 'data', index: 0, type: 'int' } },
    ])
  })

  it('are the same series however the filter is written', () => {
    const one = seriesOf('sum(events(usdc.Transfer, from == vault, to == perps).value, 1h)')
    for (const filter of [
      'from == vault && to == perps',
      '(from == vault and to == perps)',
      'from==vault,to==perps',
    ]) {
      expect(seriesOf(`sum(events(usdc.Transfer, ${filter}).value, 24h)`)).toEqual(one)
    }
  })

  it('are looked up in the history, and are unknown while it warms up', () => {
    const expression =
      'sum(events(usdc.Transfer, from == vault).value, 10m) - count(events(usdc.Transfer), 1h)'
    const out = 'events(usdc.Transfer, from == vault).value, 600'
    const all = 'events(usdc.Transfer), 3600'
    expect(evaluated(expression, { sums: { [out]: known(50n), [all]: known(8n) } })).toEqual(known(42n))
    expect(evaluated(expression, { sums: { [out]: known(50n) } })).toEqual(unknown('warming'))
  })

  it.each([
    ['sum(events(usdc.Transfer, value > 0).value, 1h)', 'SPEC_WINDOW@32 value > 0 cannot filter events'],
    [
      'sum(events(usdc.Transfer, vault == from).value, 1h)',
      'SPEC_NAME@26 the event Transfer has no parameter "vault"',
    ],
    [
      'sum(events(usdc.Transfer, from == vault || to == vault).value, 1h)',
      'SPEC_WINDOW@40 (from == vault) || (to == vault) cannot filter events',
    ],
    [
      'sum(events(usdc.Transfer, form == vault).value, 1h)',
      'SPEC_NAME@26 the event Transfer has no parameter "form"',
    ],
    [
      'sum(events(usdc.Transfer, from == 5).value, 1h)',
      'SPEC_CALL@34 5 is a plain number, address is needed',
    ],
    [
      'sum(events(usdc.Transfer, from == vault.owner()).value, 1h)',
      'SPEC_CALL@40 vault.owner() can change from block to block, address is needed',
    ],
    ['sum(events(usdc.Transfer).from, 1h)', 'SPEC_WINDOW@26 "from" is address, which cannot be added up'],
    ['sum(events(usdc.Transfer).amount, 1h)', 'SPEC_NAME@26 the event Transfer has no parameter "amount"'],
    ['sum(events(usdc.Transfered).value, 1h)', 'SPEC_NAME@16 the ABI of "usdc" has no event "Transfered"'],
    ['sum(events(usdx.Transfer).value, 1h)', 'SPEC_NAME@11 there is no contract "usdx"'],
    ['sum(events().value, 1h)', 'SPEC_WINDOW@4 events needs an event of a contract'],
    ['sum(events(usdc.Transfer).value)', 'SPEC_WINDOW@0 sum needs a series and a duration'],
    ['sum(vault.totalAssets(), 1h)', 'SPEC_WINDOW@10 sum needs a field of events(…)'],
    ['sum(events(usdc.Transfer), 1h)', 'SPEC_WINDOW@4 sum needs a field of events(…)'],
    ['count(events(usdc.Transfer).value, 1h)', 'SPEC_WINDOW@28 count needs events(…)'],
    ['events(usdc.Transfer)', 'SPEC_WINDOW@0 events(…) belongs into sum or count'],
    ['count(events(usdc.Transfer), 5)', 'SPEC_WINDOW@29 the window 5 is not a duration'],
    ['count(events(usdc.Transfer), 31d)', 'SPEC_WINDOW@29 the window 31d is not between 1s and 30d'],
    ['count(events(usdc.Transfer), 0s)', 'SPEC_WINDOW@29 the window 0s is not between 1s and 30d'],
    [
      'count(events(usdc.Transfer), block.number)',
      'SPEC_WINDOW@35 the window block.number is not a duration',
    ],
  ])('%s: %s', (expression, problem) => {
    expect(problemsOf(expression)).toEqual([problem])
  })
})

describe('the past of reads and values', () => {
  it('is asked of the history, which is told to keep it', () => {
    const spec = loadSpec(
      withValue(
        'max(tvl, 1h) - min(vault.totalAssets(), 10m) + ago(tvl, 24h)',
        '  tvl: vault.totalAssets()\n',
      ),
    )
    expect(spec.needs).toMatchObject({ past: ['tvl', 'vault.totalAssets()'], windowSeconds: 86_400 })
    const inputs = {
      max: { 'vault.totalAssets(), 3600': known(7n) },
      min: { 'vault.totalAssets(), 600': known(2n) },
      ago: { 'vault.totalAssets(), 86400': known(100n) },
    }
    expect(
      evaluated(
        'max(vault.totalAssets(), 1h) - min(vault.totalAssets(), 10m) + ago(vault.totalAssets(), 24h)',
        inputs,
      ),
    ).toEqual(known(105n))
    expect(evaluated('ago(vault.totalAssets(), 1h)', inputs)).toEqual(unknown('warming'))
  })

  it('is a condition or an address again where it was one', () => {
    const inputs = {
      ago: { 'vault.paused(), 60': known(1n), 'vault.owner(), 60': known(BigInt(address('a4'))) },
    }
    expect(evaluated('ago(vault.paused(), 1m) ? 1 : 2', inputs)).toEqual(known(1n))
    expect(evaluated('ago(vault.owner(), 1m) == perps ? 1 : 2', inputs)).toEqual(known(1n))
  })

  it('is meant when the second argument is a constant duration, and only then', () => {
    const inputs = { calls: { 'vault.totalAssets()': 5n, 'perps.totalClaims()': 9n } }
    expect(evaluated('max(vault.totalAssets(), perps.totalClaims())', inputs)).toEqual(known(9n))
    expect(evaluated('max(1h, vault.totalAssets())', inputs)).toEqual(known(3_600n))
    expect(needsOf('max(vault.totalAssets(), 2 * 30m)').windowSeconds).toBe(3_600)
  })

  it.each([
    [
      'max(vault.totalAssets() + 1, 1h)',
      'SPEC_WINDOW@24 vault.totalAssets() + 1 is not kept: only reads and named values have a past',
    ],
    [
      'ago(block.number, 1h)',
      'SPEC_WINDOW@10 block.number is not kept: only reads and named values have a past',
    ],
    ['ago(vault.totalAssets(), 5)', 'SPEC_WINDOW@25 the window 5 is not a duration'],
    ['ago(vault.totalAssets())', 'SPEC_CALL@0 ago is called with 1 argument, it takes 2'],
    [
      'max(vault.owner(), 1h) == vault ? 1 : 2',
      'SPEC_WINDOW@10 vault.owner() is an address, which has no max',
    ],
  ])('%s: %s', (expression, problem) => {
    expect(problemsOf(expression)).toEqual([problem])
  })

  it('says how to write the larger of two', () => {
    expect(problemOf('max(vault.totalAssets() + 1, 1h)').hint).toBe(
      'give it a name under `values`, or max(1h, …) for the max of the two',
    )
  })
})
