import { assert, type Hex, keccak } from '@breakwater/kernel'
import { encodeRlp, type RlpItem, rlpNumber } from './rlp.ts'

/** Root of the trie that holds nothing: keccak256 of the empty string's RLP. */
export const EMPTY_TRIE_ROOT: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

interface Entry {
  /** The key's nibbles as hexadecimal digits. */
  path: string
  value: Hex
}

/**
 * Root of the Merkle-Patricia trie in which item `i` has the key RLP(i): how a header commits to its block's
 * transactions and receipts (Ethereum Yellow Paper, section 4.4 and appendix D).
 */
export function orderedTrieRoot(values: readonly Hex[]): Hex {
  if (values.length === 0) return EMPTY_TRIE_ROOT
  const entries = values.map((value, index) => ({
    path: encodeRlp(rlpNumber(`0x${index.toString(16)}`)).slice(2),
    value,
  }))
  entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  return keccak(encodeRlp(trieNode(entries, 0)))
}

/** The node over `entries`, sorted, which share their first `depth` nibbles. */
function trieNode(entries: readonly Entry[], depth: number): readonly RlpItem[] {
  const [first] = entries
  assert(first !== undefined, 'a trie node has entries')
  if (entries.length === 1) return [compactPath(first.path.slice(depth), true), first.value]
  const last = entries[entries.length - 1] as Entry
  let shared = depth
  while (first.path[shared] === last.path[shared]) shared++
  const branch = branchNode(entries, shared)
  return shared === depth ? branch : [compactPath(first.path.slice(depth, shared), false), reference(branch)]
}

/** RLP keys are prefix-free: no entry ends at a branch. */
function branchNode(entries: readonly Entry[], depth: number): readonly RlpItem[] {
  const children: RlpItem[] = []
  let start = 0
  for (const nibble of '0123456789abcdef') {
    let end = start
    while (entries[end]?.path[depth] === nibble) end++
    children.push(end === start ? '0x' : reference(trieNode(entries.slice(start, end), depth + 1)))
    start = end
  }
  assert(start === entries.length, 'no key is the beginning of another')
  return [...children, '0x']
}

/** A node stands in its parent by its hash, or by itself when that is shorter. */
function reference(node: readonly RlpItem[]): RlpItem {
  const encoded = encodeRlp(node)
  return encoded.length < 2 + 2 * 32 ? node : keccak(encoded)
}

/** Hex-prefix encoding of a nibble path (Yellow Paper, appendix C). */
function compactPath(path: string, isLeaf: boolean): Hex {
  const isOdd = path.length % 2 === 1
  return `0x${(isLeaf ? 2 : 0) + (isOdd ? 1 : 0)}${isOdd ? '' : '0'}${path}`
}
