import { type Hex, hexToBytes, keccakText, toWord } from '@breakwater/kernel'
import { frost, type GroupSignature, readGroupKey, readGroupSignature } from '@breakwater/keys'
import { certify } from './certificate.ts'
import { DOMAIN, GUARDIANS, ORDER, registryDigest } from './guardians.ts'

const FIELD = 2n ** 256n - 2n ** 32n - 977n
const THRESHOLD = { min: 3, max: 4 }
const GROUP_KEY = 'GroupKey(uint64 epoch,uint256 x,uint256 y)'

/** A stream of bytes that is the same every time. For vectors only: it hides nothing. */
function createStream(word: string): (length?: number) => Uint8Array {
  let drawn = 0
  return (length = 32) => {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 32) {
      bytes.set(hexToBytes(keccakText(`${word} ${drawn++}`)).subarray(0, length - at), at)
    }
    return bytes
  }
}

const random = createStream('breakwater vectors: group')
const dealt = frost.trustedDealer(THRESHOLD, undefined, undefined, random)
const key = readGroupKey(dealt.public.commitments[0] ?? new Uint8Array())

/** The signature that the guardians with these numbers make together. */
function signTogether(digest: Hex, indices: readonly number[]): GroupSignature {
  const message = hexToBytes(digest)
  const prepared = Object.values(dealt.secretShares)
    .filter((_, index) => indices.includes(index))
    .map((secret) => ({ secret, ...frost.commit(secret, random) }))
  const commitments = prepared.map((signer) => signer.commitments)
  const shares = prepared.map(({ secret, nonces }) => [
    secret.identifier,
    frost.signShare(secret, dealt.public, nonces, commitments, message),
  ])
  return readGroupSignature(frost.aggregate(dealt.public, commitments, message, Object.fromEntries(shares)))
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let [square, left] = [base % FIELD, exponent]; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % FIELD
    square = (square * square) % FIELD
  }
  return result
}

/** A point whose x is no signature's r: at or above the group's order, below the field's characteristic. */
function pointAboveOrder(): { x: bigint; y: bigint } {
  for (let x = ORDER; ; x++) {
    const y = power(x ** 3n + 7n, (FIELD + 1n) / 4n)
    if ((y * y - x ** 3n - 7n) % FIELD === 0n) return { x, y }
  }
}

/** A point with a y so small that it has a second form in 256 bits, y + characteristic. */
function pointOfSmallY(): { x: bigint; y: bigint } {
  for (let y = 1n; ; y++) {
    const cube = (y * y - 7n + FIELD) % FIELD
    const x = power(cube, (FIELD + 2n) / 9n)
    if ((x ** 3n - cube) % FIELD === 0n && x < ORDER) return { x, y }
  }
}

/** Keys that a group can and cannot have. */
function keys() {
  const small = pointOfSmallY()
  return [
    { name: 'the group’s', ...key, valid: true },
    { name: 'a small y', ...small, valid: true },
    { name: 'a small y in its second form', x: small.x, y: small.y + FIELD, valid: false },
    { name: 'an x at or above the order', ...pointAboveOrder(), valid: false },
    { name: 'off the curve', x: key.x, y: key.y ^ 2n, valid: false },
    { name: 'coordinates swapped', x: key.y, y: key.x, valid: false },
    { name: 'infinity', x: 0n, y: 0n, valid: false },
    { name: 'an x of 0', x: 0n, y: power(7n, (FIELD + 1n) / 4n), valid: false },
  ]
}

/** Signatures of the group over a digest, good and bad, and how its key is attested to. */
export function groupVectors() {
  const digest = keccakText('an action')
  const signature = signTogether(digest, [0, 1, 3])
  const { rx, ry, z } = signature
  const other = signTogether(keccakText('another action'), [0, 1, 2])
  const good = { digest, ...signature, valid: true }
  const bad = { ...good, valid: false }
  const attested = registryDigest(GROUP_KEY, [toWord(DOMAIN.epoch), toWord(key.x), toWord(key.y)])
  return {
    ...DOMAIN,
    guardians: GUARDIANS,
    attestation: { digest: attested, ...certify(attested, [0, 1, 2]) },
    keys: keys(),
    cases: [
      { name: 'guardians 0, 1 and 3', ...good },
      { name: 'guardians 1, 2 and 3', ...good, ...signTogether(digest, [1, 2, 3]) },
      { name: 'another digest', ...bad, digest: keccakText('another action') },
      { name: 'z of another signature', ...bad, z: other.z },
      { name: 'R of another signature', ...bad, rx: other.rx, ry: other.ry },
      { name: 'R mirrored', ...bad, ry: FIELD - ry },
      { name: 'R with its coordinates swapped', ...bad, rx: ry, ry: rx },
      { name: 'R off the curve', ...bad, ry: ry ^ 2n },
      { name: 'R of zeros', ...bad, rx: 0n, ry: 0n },
      { name: 'z one more', ...bad, z: (z + 1n) % ORDER },
      { name: 'z negated', ...bad, z: ORDER - z },
      { name: 'z of 0', ...bad, z: 0n },
      { name: 'z at the order', ...bad, z: ORDER },
      { name: 'the largest z', ...bad, z: 2n ** 256n - 1n },
      { name: 'the key as R', ...bad, rx: key.x, ry: key.y },
    ],
  }
}
