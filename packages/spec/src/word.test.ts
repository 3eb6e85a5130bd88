import fc from 'fast-check'
import { encodeAbiParameters } from 'viem'
import { describe, expect, it } from 'vitest'
import type { AbiParameter } from './abi.ts'
import { selectWord, wordType } from './word.ts'

describe('selectWord', () => {
  it('finds the word that an independent encoder wrote', () => {
    fc.assert(
      fc.property(fc.array(parameters, { minLength: 1, maxLength: 5 }), fc.nat(), (cases, choice) => {
        const outputs = cases.map(({ parameter }, i) => ({ ...parameter, name: `p${i}` }))
        const data = encodeAbiParameters(
          outputs,
          cases.map(({ value }) => value),
        )
        // A single static struct is looked into directly; a decoder sees it in the same way.
        const paths = outputs.flatMap((output, i) =>
          wordsOf(output, cases[i]?.value, outputs.length === 1 ? [] : [`p${i}`]),
        )
        const { path, value } = paths[choice % Math.max(paths.length, 1)] ?? {}
        if (path === undefined) return
        const found = selectWord(outputs, path)
        expect(found).toHaveProperty('index')
        const index = 'index' in found ? found.index : -1
        expect(BigInt(`0x${data.slice(2 + 64 * index, 66 + 64 * index)}`)).toBe(value)
      }),
      { numRuns: 400 },
    )
  })

  const outputs: AbiParameter[] = [
    { type: 'uint256', name: 'a' },
    { type: 'string', name: 's' },
    { type: 'tuple', name: 't', components: [{ type: 'bytes', name: 'b' }] },
    { type: 'uint256[3]', name: 'cells' },
    { type: 'address', name: '' },
  ]
  it.each<[string[], object]>([
    [['a'], { index: 0, type: 'uint256' }],
    [['s'], { index: 1, type: 'string' }],
    [['cells'], { index: 3, type: 'uint256[3]' }],
    [['4'], { index: 6, type: 'address' }],
    [[], { wrong: 'returns 5 values', hint: 'choose one of .a, .s, .t, .cells, .4' }],
    [['b'], { wrong: 'returns a struct with text or lists in it, whose fields cannot be read' }],
    [['a', 'x'], { wrong: 'has no "x" inside its uint256' }],
    [['t', 'b'], { wrong: 'returns a struct with text or lists in it, whose fields cannot be read' }],
  ])('%j is %j', (path, expected) => {
    expect(selectWord(outputs, path)).toMatchObject(expected)
  })

  it('suggests the output that was meant', () => {
    const flat: AbiParameter[] = [{ type: 'uint256', name: 'answer' }, { type: 'uint256' }]
    expect(selectWord(flat, ['anwser'])).toEqual({
      wrong: 'has no output "anwser"',
      hint: 'did you mean "answer"?',
    })
    expect(selectWord(flat, ['9'])).toMatchObject({ wrong: 'has no output "9"' })
  })

  it('says when nothing is returned', () => {
    expect(selectWord([], [])).toEqual({ wrong: 'returns nothing' })
  })
})

describe('wordType', () => {
  it.each([
    ['uint256', 'uint'],
    ['uint8', 'uint'],
    ['int24', 'int'],
    ['bool', 'uint'],
    ['address', 'uint'],
    ['bytes32', 'uint'],
    ['bytes4', undefined],
    ['string', undefined],
    ['uint256[2]', undefined],
    ['tuple', undefined],
  ])('of %s is %s', (type, expected) => {
    expect(wordType(type)).toBe(expected)
  })
})

/** A parameter and a value of it. */
interface Case {
  parameter: AbiParameter
  value: unknown
}
const uint: fc.Arbitrary<Case> = fc
  .bigInt({ min: 0n, max: 2n ** 256n - 1n })
  .map((value) => ({ parameter: { type: 'uint256' }, value }))
const { parameter: parameters } = fc.letrec<{ parameter: Case }>((tie) => ({
  parameter: fc.oneof(
    { maxDepth: 3 },
    uint,
    fc.string().map((value): Case => ({ parameter: { type: 'string' }, value })),
    fc
      .array(fc.bigInt({ min: 0n, max: 9n }))
      .map((value): Case => ({ parameter: { type: 'uint8[]' }, value })),
    fc
      .array(fc.bigInt({ min: 0n, max: 9n }), { minLength: 2, maxLength: 2 })
      .map((value): Case => ({ parameter: { type: 'uint8[2]' }, value })),
    fc.array(tie('parameter'), { minLength: 1, maxLength: 3 }).map(
      (parts): Case => ({
        parameter: {
          type: 'tuple',
          components: parts.map(({ parameter }, i) => ({ ...parameter, name: `m${i}` })),
        },
        value: Object.fromEntries(parts.map(({ value }, i) => [`m${i}`, value])),
      }),
    ),
  ),
}))

/** The paths to all static words inside a parameter. */
function wordsOf(
  parameter: AbiParameter,
  value: unknown,
  path: string[],
): { path: string[]; value: bigint }[] {
  if (parameter.type === 'uint256') return [{ path, value: value as bigint }]
  if (!('components' in parameter) || JSON.stringify(parameter).match(/string|\[\]/)) return []
  const members = value as Record<string, unknown>
  return parameter.components.flatMap((component) => {
    const name = component.name ?? ''
    return wordsOf(component, members[name], [...path, name])
  })
}
