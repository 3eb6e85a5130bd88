import { bytesToHex, type Hex, hexToBytes, keccak } from '@breakwater/kernel'
import fc from 'fast-check'
import { toRlp } from 'viem'
import { expect, test } from 'vitest'
import { EMPTY_TRIE_ROOT, orderedTrieRoot } from './trie.ts'

/** The trie as the Yellow Paper defines it: c(J, i) with lists of nibbles, nothing clever. */
type Node = (Node | Hex)[]
interface Pair {
  key: number[]
  value: Hex
}

function c(pairs: Pair[], i: number): Node {
  const [first] = pairs as [Pair, ...Pair[]]
  if (pairs.length === 1) return [hexPrefix(first.key.slice(i), true), first.value]
  let j = i
  while (pairs.every(({ key }) => key[j] === first.key[j])) j++
  if (j > i) return [hexPrefix(first.key.slice(i, j), false), n(pairs, j)]
  const children = Array.from({ length: 16 }, (_, nibble) =>
    n(
      pairs.filter(({ key }) => key[i] === nibble),
      i + 1,
    ),
  )
  return [...children, '0x']
}

function n(pairs: Pair[], i: number): Node | Hex {
  if (pairs.length === 0) return '0x'
  const node = c(pairs, i)
  const encoded = toRlp(node as Hex[])
  return hexToBytes(encoded).length < 32 ? node : keccak(encoded)
}

function hexPrefix(nibbles: number[], isLeaf: boolean): Hex {
  const flag = isLeaf ? 2 : 0
  const all = nibbles.length % 2 === 1 ? [flag + 1, ...nibbles] : [flag, 0, ...nibbles]
  return `0x${all.map((nibble) => nibble.toString(16)).join('')}`
}

function definedRoot(values: readonly Hex[]): Hex {
  const pairs = values.map((value, index) => {
    const key = toRlp(
      index === 0
        ? '0x'
        : bytesToHex(index < 256 ? Uint8Array.of(index) : Uint8Array.of(index >> 8, index & 255)),
    )
    return { key: [...key.slice(2)].map((digit) => Number.parseInt(digit, 16)), value }
  })
  return keccak(toRlp(c(pairs, 0) as Hex[]))
}

const value = fc
  .uint8Array({ minLength: 1, maxLength: 80 })
  .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as Hex)

test('nothing has the root of the empty trie', () => {
  expect(orderedTrieRoot([])).toBe(EMPTY_TRIE_ROOT)
  expect(EMPTY_TRIE_ROOT).toBe(keccak('0x80'))
})

test('agrees with the definition, with short values too, which stand in their parents', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
      expect(orderedTrieRoot(values)).toBe(definedRoot(values))
    }),
  )
})

test.each([1, 2, 16, 17, 127, 128, 129, 130, 255, 256, 257, 300, 600])(
  'agrees with the definition for %i items',
  (count) => {
    const values = Array.from(
      { length: count },
      (_, i) => `0x${(i + 1).toString(16).padStart(64, '0')}` as Hex,
    )
    expect(orderedTrieRoot(values)).toBe(definedRoot(values))
  },
)

test('depends on the order', () => {
  expect(orderedTrieRoot(['0x01', '0x02'])).not.toBe(orderedTrieRoot(['0x02', '0x01']))
})
