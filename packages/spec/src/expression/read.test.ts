import { encodeFunctionData, parseAbi, stringToHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { address, evaluated, holds, problemOf, problemsOf, withValue } from '../../test/sample.ts'
import { loadSpec } from '../spec.ts'

const callsOf = (expression: string) => loadSpec(withValue(expression)).needs.calls

const abi = parseAbi([
  'function convertToAssets(uint256 shares) view returns (uint256)',
  'function positionOf(address account, bytes32 market) view',
  'function pnl(int24 tick, bool up) view',
])

describe('contract reads', () => {
  it('become calls as an independent encoder writes them', () => {
    expect(callsOf('vault.convertToAssets(10^18)')).toEqual([
      {
        id: 'vault.convertToAssets(10^18)',
        to: address('a3'),
        data: encodeFunctionData({ abi, functionName: 'convertToAssets', args: [10n ** 18n] }),
        word: 0,
        type: 'uint',
      },
    ])
    expect(callsOf(`perps.positionOf( vault , "BTC" ).entry`)).toEqual([
      {
        id: "perps.positionOf(vault, 'BTC').entry",
        to: address('a4'),
        data: encodeFunctionData({
          abi,
          functionName: 'positionOf',
          args: [address('a3'), stringToHex('BTC', { size: 32 })],
        }),
        word: 1,
        type: 'uint',
      },
    ])
    expect(callsOf('perps.pnl(-887272, true).profit')).toMatchObject([
      { data: encodeFunctionData({ abi, functionName: 'pnl', args: [-887272, true] }), word: 0, type: 'int' },
    ])
    expect(callsOf(`perps.positionOf(0x${'ab'.repeat(20)}, 0x${'cd'.repeat(32)}).0`)).toMatchObject([
      {
        data: encodeFunctionData({
          abi,
          functionName: 'positionOf',
          args: [`0x${'ab'.repeat(20)}`, `0x${'cd'.repeat(32)}`],
        }),
        type: 'int',
      },
    ])
  })

  it('choose an output by name or position', () => {
    expect(callsOf('feed.latestRoundData().answer + feed.latestRoundData().3')).toMatchObject([
      { id: 'feed.latestRoundData().answer', word: 1, type: 'int' },
      { id: 'feed.latestRoundData().3', word: 3, type: 'uint' },
    ])
    expect(callsOf('perps.grid().last')).toMatchObject([{ word: 3 }])
  })

  it('are read once, however often they are written', () => {
    expect(callsOf('vault.totalAssets() + vault . totalAssets ( )')).toHaveLength(1)
  })

  it('take named constants as arguments', () => {
    const spec = loadSpec(withValue('vault.convertToAssets(one) * one', '  one: 10^18\n'))
    expect(spec.needs.calls).toMatchObject([
      { data: encodeFunctionData({ abi, functionName: 'convertToAssets', args: [10n ** 18n] }) },
    ])
    expect(spec.values.map(({ name }) => name)).toEqual(['one', 'x'])
  })

  it('read native balances and the block', () => {
    expect(callsOf('balance(vault)')).toEqual([
      { id: 'balance(vault)', to: address('a3'), data: 'balance', word: 0, type: 'uint' },
    ])
    expect(evaluated('balance(vault) + 1', { calls: { 'balance(vault)': 4n } })).toEqual({
      ok: true,
      value: 5n,
    })
    expect(evaluated('block.number')).toEqual({ ok: true, value: 17n })
    expect(evaluated('block.timestamp')).toEqual({ ok: true, value: 1_700_000_000n })
  })

  it('give booleans and addresses, which conditions compare', () => {
    const calls = { 'vault.paused()': 1n, 'vault.owner()': BigInt(address('a4')) }
    expect(holds('vault.paused()', { calls })).toEqual({ ok: true, value: true })
    expect(holds('vault.paused() == false', { calls })).toEqual({ ok: true, value: false })
    expect(holds('vault.owner() == perps', { calls })).toEqual({ ok: true, value: true })
    expect(holds(`vault.owner() != ${address('a4')}`, { calls })).toEqual({ ok: true, value: false })
  })
})

describe('wrong reads', () => {
  it.each([
    ['valt.totalAssets()', 'SPEC_NAME@0 there is no contract "valt"'],
    ['vault.totalAsets()', 'SPEC_NAME@6 the ABI of "vault" has no function "totalAsets"'],
    ['vault.totalAssets(1)', 'SPEC_CALL@6 there is no vault.totalAssets with 1 argument'],
    ['vault.totalAssets', 'SPEC_CALL@6 vault.totalAssets is not called'],
    ['perps.open(1)', 'SPEC_CALL@6 perps.open is nonpayable: it would change the state'],
    ['perps.label()', 'SPEC_CALL@6 perps.label returns string, which is no number'],
    ['perps.grid().cells', 'SPEC_CALL@6 perps.grid returns uint256[3], which is no number'],
    [
      'perps.nameOf(1).size',
      'SPEC_CALL@6 perps.nameOf returns a struct with text or lists in it, whose fields cannot be read',
    ],
    [
      'perps.nameOf(1)',
      'SPEC_CALL@6 perps.nameOf returns a struct with text or lists in it, whose fields cannot be read',
    ],
    ['perps.twice(1)', 'SPEC_CALL@6 there are two perps.twice with 1 argument'],
    ['feed.latestRoundData()', 'SPEC_CALL@5 feed.latestRoundData returns 5 values'],
    ['feed.latestRoundData().anwser', 'SPEC_CALL@5 feed.latestRoundData has no output "anwser"'],
    ['vault.convertToAssets(vault)', 'SPEC_CALL@22 vault is an address, uint256 is needed'],
    ['vault.convertToAssets(-1)', 'SPEC_CALL@22 -1 is out of range, uint256 is needed'],
    ['vault.convertToAssets(2^256)', 'SPEC_CALL@23 2^256 is out of range, uint256 is needed'],
    ['vault.convertToAssets(1 / 2)', 'SPEC_CALL@24 1 / 2 is not a whole number, uint256 is needed'],
    ['vault.convertToAssets(true)', 'SPEC_CALL@22 true is true or false, uint256 is needed'],
    ["vault.convertToAssets('a')", "SPEC_CALL@22 'a' is text, uint256 is needed"],
    [
      'vault.convertToAssets(vault.totalAssets())',
      'SPEC_CALL@28 vault.totalAssets() can change from block to block, uint256 is needed',
    ],
    ['perps.pnl(8388608, true).profit', 'SPEC_CALL@10 8388608 is out of range, int24 is needed'],
    ['perps.pnl(1, 1).profit', 'SPEC_CALL@13 1 is a plain number, bool is needed'],
    ['usdc.balanceOf(5)', 'SPEC_CALL@15 5 is a plain number, address is needed'],
    [
      `usdc.balanceOf(0x${'ab'.repeat(32)})`,
      `SPEC_CALL@15 0x${'ab'.repeat(29)}… (66 characters) is 32 bytes, address is needed`,
    ],
    ['usdc.balanceOf(0xabcd)', 'SPEC_TYPE@15 0xabcd… has 4 digits'],
    [
      'usdc.balanceOf(0x52908400098527886E0F7030069857D2E4169Ee7)',
      'SPEC_TYPE@15 the capital letters of 0x52908400098527886E0F7030069857D2E4169Ee7 do not agree with its checksum (EIP-55)',
    ],
    [
      `perps.positionOf(vault, '${'é'.repeat(17)}').entry`,
      `SPEC_CALL@24 '${'é'.repeat(17)}' has more than 32 bytes, bytes32 is needed`,
    ],
    ['vault', 'SPEC_TYPE@0 vault is an address where a number belongs'],
    ['vault.paused()', 'SPEC_TYPE@6 vault.paused() is true or false where a number belongs'],
    ['vault.owner() + 1', 'SPEC_TYPE@6 vault.owner() is an address where a number belongs'],
    ['vault.owner() > vault ? 1 : 2', 'SPEC_TYPE@6 vault.owner() is an address where a number belongs'],
    [
      'vault.owner() == 5 ? 1 : 2',
      'SPEC_TYPE@14 cannot compare an address and a plain number: vault.owner(), 5',
    ],
    ['1 ? 1 : 2', 'SPEC_TYPE@0 1 is a plain number where a condition belongs'],
    ["'text'", 'SPEC_TYPE@0 text can only be a bytes32 argument'],
    ['balance(5)', 'SPEC_CALL@8 balance needs one contract'],
    ['balance()', 'SPEC_CALL@0 balance needs one contract'],
    ['block.hash', 'SPEC_NAME@6 there is no block.hash'],
    ['5(1)', 'SPEC_CALL@0 5(1) cannot be read'],
    ['nothing', 'SPEC_NAME@0 there is no value or contract "nothing"'],
    ['nothing(1)', 'SPEC_NAME@0 there is no function "nothing"'],
    ['min', 'SPEC_NAME@0 "min" is a function'],
    ['min(1)', 'SPEC_CALL@0 min is called with 1 argument, it takes 2'],
    ['floor(1, 2)', 'SPEC_CALL@0 floor is called with 2 arguments, it takes 1'],
    ['floor(vault)', 'SPEC_TYPE@6 vault is an address where a number belongs'],
    ['!5 ? 1 : 2', 'SPEC_TYPE@1 5 is a plain number where a condition belongs'],
    ['-vault', 'SPEC_TYPE@1 vault is an address where a number belongs'],
    [
      '2^vault.totalAssets()',
      'SPEC_TYPE@8 the exponent vault.totalAssets() is not a whole number from 0 to 1024',
    ],
    ['vault.totalAssets()^1025', 'SPEC_COST@20 the exponent 1025 is not a whole number from 0 to 1024'],
    ['1 / (2 - 2)', 'SPEC_CONSTANT@2 this has no value: a division by zero, or a number beyond 2^1024'],
  ])('%s: %s', (expression, problem) => {
    expect(problemsOf(expression)).toEqual([problem])
  })

  it.each([
    ['valt.totalAssets()', 'did you mean "vault"?'],
    ['vault.totalAsets()', 'did you mean "totalAssets"?'],
    ['vault.totalAssets(1)', 'it is totalAssets()'],
    ['vault.totalAssets', 'write vault.totalAssets()'],
    ['feed.latestRoundData().anwser', 'did you mean "answer"?'],
    ['feed.latestRoundData()', 'choose one of .roundId, .answer, .startedAt, .updatedAt, .answeredInRound'],
    ['1h + 3', 'write 3s for seconds'],
    ['3 + 1 usdc', 'write 3 usdc'],
    ['vault.totalAssets() > 5% ? 1 : 2', 'write 5% of … and what it is a share of'],
    ['1e18', 'write 1 * 10^18'],
    ['mn(1, 2)', 'did you mean "min"?'],
  ])('%s: the hint says %s', (expression, hint) => {
    expect(problemOf(expression).hint).toBe(hint)
  })

  it('report every mistake of an expression', () => {
    expect(problemsOf('valt.totalAssets() + vault.totalAsets() * nothing')).toHaveLength(3)
  })
})
