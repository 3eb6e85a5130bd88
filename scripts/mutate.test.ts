import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONTRACTS } from './forge.ts'
import { applyMutant, mutantsOf } from './mutants.ts'
import { drawMutants } from './sample.ts'
import { filesUnder, readOutcome, stagesOf, withImports } from './trial.ts'

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice "1 + 1" in words — not code.
contract Purse {
    uint256 public constant CAP = 10 days;
    uint256 private _sum;

    error TooMuch(uint256 most);
    event Put(uint256 amount);

    modifier counted() {
        _;
        _sum += 1;
    }

    function put(uint256 amount) external counted returns (bool) {
        if (amount > CAP || amount == 0) revert TooMuch(CAP - 1);
        if (_sum < amount) _sum = amount;
        for (uint256 i = 0; i < 2; ++i) {
            _sum -= i;
        }
        emit Put(amount);
        return true;
    }
}
`

describe('mutants', () => {
  const mutants = mutantsOf('src/Purse.sol', SOURCE)
  const changes = mutants.map(({ operator, key }) => `${operator} | ${key.replace(/^.*? Purse/, '')}`)

  it('are all that the syntax tree offers, and nothing of comments, types and what a failure reports', () => {
    expect(changes).toEqual([
      'constant changed | : 10 days → 11 days',
      'assignment removed | .counted: _sum += 1; → (nothing)',
      'arithmetic swapped | .counted: _sum += 1 → _sum -= 1',
      'constant changed | .counted: 1 → 2',
      'modifier removed | .put: counted → (nothing)',
      'check removed | .put: if (amount > CAP || amount == 0) revert TooMuch(CAP - 1); → (nothing)',
      'condition negated | .put: amount > CAP || amount == 0 → !(amount > CAP || amount == 0)',
      'logic swapped | .put: amount > CAP || amount == 0 → amount > CAP && amount == 0',
      'comparison swapped | .put: amount > CAP → amount >= CAP',
      'comparison swapped | .put: amount == 0 → amount != 0',
      'constant changed | .put: 0 → 1',
      // Not the comparison: keeping the larger one of two equals makes no difference.
      'condition negated | .put: _sum < amount → !(_sum < amount)',
      'assignment removed | .put: _sum = amount; → (nothing)',
      'constant changed | .put: 0 → 1 #2',
      'comparison swapped | .put: i < 2 → i <= 2',
      'constant changed | .put: 2 → 3',
      'assignment removed | .put: _sum -= i; → (nothing)',
      'arithmetic swapped | .put: _sum -= i → _sum += i',
      'event removed | .put: emit Put(amount); → (nothing)',
      'constant changed | .put: true → false',
    ])
  })

  it('differ from the source in their place alone', () => {
    for (const mutant of mutants) {
      const text = applyMutant(SOURCE, mutant)
      expect(text).not.toBe(SOURCE)
      expect(text.length).toBe(SOURCE.length - mutant.from.length + mutant.to.length)
      expect(SOURCE.split('\n')[mutant.line - 1]).toContain(mutant.from.split('\n')[0])
      // It still parses.
      expect(() => mutantsOf('src/Purse.sol', text)).not.toThrow()
    }
  })

  it('keep their names when the code around them moves', () => {
    const moved = SOURCE.replace(
      '    uint256 private _sum;',
      '    uint256 private _other;\n\n    uint256 private _sum;',
    )
    expect(mutantsOf('src/Purse.sol', moved).map(({ key }) => key)).toEqual(mutants.map(({ key }) => key))
  })

  it('are not made in another source', () => {
    expect(() => mutants.map((mutant) => applyMutant('contract Other {}', mutant))).toThrow('another source')
  })

  it('that are left out with a reason exist', () => {
    const reasons: Record<string, string> = JSON.parse(readFileSync(join(CONTRACTS, 'mutants.json'), 'utf8'))
    const files = new Set(Object.keys(reasons).map((key) => key.split(' ')[0] ?? ''))
    const keys = [...files].flatMap((file) =>
      mutantsOf(file, readFileSync(join(CONTRACTS, file), 'utf8')).map(({ key }) => key),
    )
    expect(Object.keys(reasons).filter((key) => !keys.includes(key))).toEqual([])
    expect(Object.values(reasons).filter((reason) => reason.length < 20)).toEqual([])
  })
})

describe('samples', () => {
  it('follow from the seed and lose nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
        const drawn = drawMutants(items, seed)
        expect(drawMutants(items, seed)).toEqual(drawn)
        expect([...drawn].sort()).toEqual([...items].sort())
      }),
    )
  })

  it('differ by seed', () => {
    const items = Array.from({ length: 100 }, (_, index) => index)
    expect(drawMutants(items, 1)).not.toEqual(drawMutants(items, 2))
    expect(drawMutants(items, 1)).not.toEqual(items)
  })
})

describe('trials', () => {
  it('run the tests that bear the name first, the stateful ones last, and none of gas', () => {
    const target = { sources: 'src/breaker/', tests: 'test/breaker/' }
    const stages = stagesOf('src/breaker/BrakeLedger.sol', target)
    expect(stages[0]).toContain('test/breaker/BrakeLedger.t.sol')
    expect(stages.at(-1)).toContain('test/breaker/CircuitBreaker.invariant.t.sol')
    const all = filesUnder('test/breaker/', '.t.sol').filter((path) => !path.endsWith('.gas.t.sol'))
    expect(stages.flat().sort()).toEqual(all)
  })

  it('need no other files than those that are imported', () => {
    const files = withImports(['test/insure/PremiumStream.t.sol'])
    expect(files).toContain('src/insure/PremiumStream.sol')
    expect(files.filter((path) => path.startsWith('src/breaker/adapters/'))).toEqual([])
  })

  it('tell a test that failed from a source that does not compile, and both from a broken tool', () => {
    expect(readOutcome(0, 'Ran 1 test suite: 2 tests passed, 0 failed, 0 skipped')).toBe('survived')
    expect(readOutcome(1, '[FAIL: assertion failed] test_it()')).toBe('killed')
    expect(readOutcome(1, 'Error: Compiler run failed:\nError (7576)')).toBe('not compiled')
    expect(readOutcome(1, 'out of memory')).toBeNull()
    expect(readOutcome(0, 'No tests found')).toBeNull()
    expect(readOutcome(null, '')).toBeNull()
  })
})
