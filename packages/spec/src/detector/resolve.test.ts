import { describe, expect, it } from 'vitest'
import { address, HEAD, placeOf } from '../../test/sample.ts'
import { checkSpec, loadSpec } from '../spec.ts'

const withDetector = (detector: string): string => `${HEAD}values:
  btc: feed.latestRoundData().answer
detectors:
  - { ${detector} }
`
const resolved = (detector: string) => loadSpec(withDetector(detector)).detectors[0]
const contract = (alias: string) => expect.objectContaining({ alias })

describe('net-outflow', () => {
  it('has contracts, what they hold, and exact limits, shortest window first', () => {
    expect(
      resolved('use: net-outflow, of: [vault, perps], limits: { 24h: 35%, tx: 3%, 10m: 1000bp }'),
    ).toEqual({
      use: 'net-outflow',
      id: 'net-outflow-vault-perps',
      subject: 'vault-perps',
      severity: 'high',
      role: 'damage',
      inputs: 'chain',
      of: [contract('vault'), contract('perps')],
      assets: [contract('usdc')],
      limits: {
        tx: { n: 3n, d: 100n },
        windows: [
          { windowSeconds: 600, share: { n: 1n, d: 10n } },
          { windowSeconds: 86_400, share: { n: 7n, d: 20n } },
        ],
      },
    })
  })

  it('takes the assets, the id and the severity that are written', () => {
    expect(
      resolved(
        'use: net-outflow, id: flow, of: feed, assets: [weth], limits: { 1h: 20% }, severity: critical',
      ),
    ).toMatchObject({ id: 'flow', subject: 'feed', severity: 'critical', assets: [contract('weth')] })
  })

  it.each([
    ['of: valt, limits: { tx: 3% }', 'SPEC_NAME', 'there is no contract "valt"', 'valt'],
    ['of: [vault, valt], limits: { tx: 3% }', 'SPEC_NAME', 'there is no contract "valt"', 'valt'],
    [
      'of: [vault, vault], limits: { tx: 3% }',
      'SPEC_DUPLICATE',
      'vault, vault names a contract twice',
      '[vault, vault]',
    ],
    ['of: feed, limits: { tx: 3% }', 'SPEC_FIELD', 'no token to watch: feed holds nothing', 'feed, limits'],
    [
      'of: vault, assets: [usdc, feed], limits: { tx: 3% }',
      'SPEC_ABI',
      '"feed" has no Transfer event and balanceOf of an ERC-20',
      'feed], limits',
    ],
    [
      'of: vault, limits: {}',
      'SPEC_FIELD',
      'detectors[0].limits must have at least one limit, not {}',
      '{} }',
    ],
    [
      'of: vault, limits: { 1h: 20% , 60m: 10% }',
      'SPEC_DUPLICATE',
      'two limits are for windows of 3600 seconds',
      '{ 1h',
    ],
    [
      'of: vault, limits: { week: 20% }',
      'SPEC_FIELD',
      'the name "week" must be a duration such as 30s, 10m, 1h or 7d',
      'week',
    ],
    [
      'of: vault, limits: { tx: 300% }',
      'SPEC_FIELD',
      'detectors[0].limits.tx must be above 0% and at most 100%, not "300%"',
      '300%',
    ],
  ])('%s: %s %s', (fields, code, message, needle) => {
    const text = withDetector(`use: net-outflow, ${fields}`)
    expect(checkSpec(text)).toMatchObject([{ code, message, ...placeOf(text, needle) }])
  })
})

describe('oracle-deviation', () => {
  it('reads a feed or a named value', () => {
    const common = {
      decimals: 8,
      asset: 'BTC',
      max: { n: 1n, d: 100n },
      severity: 'high',
      inputs: 'observed',
      role: 'damage',
    }
    expect(resolved('use: oracle-deviation, of: feed, asset: BTC, max: 1%')).toMatchObject({
      ...common,
      id: 'oracle-deviation-feed',
      subject: 'feed',
      price: {
        text: 'feed.latestRoundData().answer',
        needs: { calls: [{ to: address('a5'), word: 1, type: 'int' }] },
      },
    })
    expect(resolved('use: oracle-deviation, of: btc, decimals: 18, asset: BTC, max: 1%')).toMatchObject({
      ...common,
      id: 'oracle-deviation-btc',
      decimals: 18,
      price: { text: 'btc', needs: { calls: [] } },
    })
  })

  it.each([
    ['of: vault', 'SPEC_NAME', 'the ABI of "vault" has no function "latestRoundData"', 'vault, asset'],
    ['of: bct', 'SPEC_NAME', 'there is no value or contract "bct"', 'bct'],
  ])('%s: %s %s', (fields, code, message, needle) => {
    const text = withDetector(`use: oracle-deviation, ${fields}, asset: BTC, max: 1%`)
    expect(checkSpec(text)).toMatchObject([{ code, message, ...placeOf(text, needle) }])
  })
})

describe('oracle-liveness', () => {
  it('reads answer and time, with bounds in USD', () => {
    expect(resolved('use: oracle-liveness, of: feed, heartbeat: 60s, min: 0.01, max: 1000000')).toMatchObject(
      {
        id: 'oracle-liveness-feed',
        heartbeatSeconds: 60,
        decimals: 8,
        min: { n: 1n, d: 100n },
        max: 1_000_000n,
        inputs: 'chain',
        answer: { text: 'feed.latestRoundData().answer' },
        updatedAt: { text: 'feed.latestRoundData().updatedAt' },
      },
    )
  })

  it('compares with a reference price when there is one', () => {
    expect(
      resolved('use: oracle-liveness, of: feed, heartbeat: 1h, asset: ETH, deviation: 0.5%'),
    ).toMatchObject({
      inputs: 'observed',
      still: { asset: 'ETH', deviation: { n: 1n, d: 200n } },
    })
  })

  it.each([
    ['of: btc, heartbeat: 60s', 'SPEC_NAME', 'there is no contract "btc"', 'btc, heartbeat'],
    [
      'of: usdc, heartbeat: 60s',
      'SPEC_NAME',
      'the ABI of "usdc" has no function "latestRoundData"',
      'usdc, heartbeat',
    ],
    [
      'of: feed, heartbeat: 60',
      'SPEC_FIELD',
      'detectors[0].heartbeat must be a duration such as 30s, 10m, 1h or 7d, not 60',
      '60 }',
    ],
    ['of: feed, heartbeat: 60s, min: 5, max: 5', 'SPEC_FIELD', 'min 5 must be below max 5', '5, max'],
    ['of: feed, heartbeat: 60s, min: 0, max: 0', 'SPEC_FIELD', 'min 0 must be below max 0', '0, max'],
    ['of: feed, heartbeat: 60s, asset: BTC', 'SPEC_FIELD', '"asset" needs "deviation" beside it', 'BTC'],
    ['of: feed, heartbeat: 60s, deviation: 1%', 'SPEC_FIELD', '"deviation" needs "asset" beside it', '1%'],
  ])('%s: %s %s', (fields, code, message, needle) => {
    const text = withDetector(`use: oracle-liveness, ${fields}`)
    expect(checkSpec(text)).toMatchObject([{ code, message, ...placeOf(text, needle) }])
  })

  it('keeps a lowest answer of 0', () => {
    expect(resolved('use: oracle-liveness, of: feed, heartbeat: 60s, min: 0')).toMatchObject({ min: 0n })
  })
})

it('the detectors that there are', () => {
  expect(checkSpec(withDetector('use: net-outfow'))).toMatchObject([
    {
      message:
        'detectors[0].use must be net-outflow or oracle-deviation or oracle-liveness, not "net-outfow"',
      hint: 'did you mean "net-outflow"?',
    },
  ])
})
