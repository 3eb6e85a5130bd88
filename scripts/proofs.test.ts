import { describe, expect, it } from 'vitest'
import { propertiesOf, readVerdict } from './properties.ts'
import { prove } from './prover.ts'

const sourceOf = (body: string, imports = '') => `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;
${imports}
/// @dev Some remark.
///
/// @notice What it says,
/// in two lines.
contract Claim {
    function prove(uint128 a, uint128 b) external pure {
        ${body}
    }
}
`
const verdictOf = async (body: string, imports = '', library = '') => {
  const source = sourceOf(body, imports)
  const [property] = propertiesOf('proofs/Claim.proof.sol', source)
  if (property === undefined) throw new Error('no property')
  return prove(property, (path) => (path === property.path ? source : library))
}

describe('properties', () => {
  it('are the contracts of a file, with what their notice says', () => {
    expect(propertiesOf('p', sourceOf(''))).toEqual([
      { path: 'p', name: 'Claim', meaning: 'What it says, in two lines.' },
    ])
  })

  it('must say what they mean', () => {
    expect(() => propertiesOf('p', 'contract Claim {\n}\n')).toThrow('a contract has no notice')
    expect(() => propertiesOf('p', '/// @dev None.\ncontract Claim {\n}\n')).toThrow('Claim has no notice')
  })
})

describe('the model checker', () => {
  it('proves what holds', async () => {
    const { verdict, detail } = await verdictOf('require(b != 0); assert(uint256(a) / b * b <= a);')
    expect({ verdict, detail }).toEqual({ verdict: 'proved', detail: '' })
  })

  it('shows where it does not', async () => {
    const { verdict, detail } = await verdictOf('require(b != 0); assert(uint256(a) / b * b < a);')
    expect(verdict).toBe('counterexample')
    expect(detail).toContain('Counterexample')
  })

  it('reads the model instead of OpenZeppelin, and believes it', async () => {
    const imports = 'import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";'
    const model = (result: string) => `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;
library Math { function max(uint256 a, uint256 b) internal pure returns (uint256) { return ${result}; } }`
    const claim = 'assert(Math.max(a, b) >= a);'
    expect((await verdictOf(claim, imports, model('a > b ? a : b'))).verdict).toBe('proved')
    expect((await verdictOf(claim, imports, model('a < b ? a : b'))).verdict).toBe('counterexample')
  })

  it('has not proved what it asserts nothing of, or could not follow', async () => {
    expect((await verdictOf('a; b;')).verdict).toBe('unproved')
    const { verdict, detail } = await verdictOf('uint256 c; assembly { c := a } b; assert(c == a);')
    expect(verdict).not.toBe('proved')
    expect(detail).not.toBe('')
  })

  it('is not taken at its word when the source does not compile', () => {
    const message = 'Undeclared identifier.'
    expect(readVerdict([{ errorCode: '7576', message, formattedMessage: message }])).toEqual({
      verdict: 'unproved',
      detail: message,
    })
  })
})
