/**
 * A member's share at rest. What a guardian keeps anyway, the key of its identity in a keystore under a password, also
 * opens its shares: from it comes one seed, from the seed all secrets of the key generation and the key that shares are
 * encrypted under (HKDF-SHA256, ChaCha20-Poly1305). So there is no second password, no second slow derivation with each
 * epoch, and a share that was lost is made again from the seed and the log. An identity that gives its key to nobody
 * (a remote signer, an HSM) goes with 32 random bytes instead, in a keystore of their own.
 * @module
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import {
  BaseError,
  bytesToHex,
  type Codec,
  decode,
  encode,
  fixed,
  type Hex,
  hexToBytes,
  type Rng,
  struct,
  u8,
} from '@breakwater/kernel'
import { SEALED_SHARE_BYTES } from './dkg/message.ts'
import { SEED_BYTES } from './dkg/secret.ts'
import { createLocalSigner } from './ecdsa.ts'
import { type Group, type GroupShare, groupCodec, verificationShare } from './frostGroup.ts'
import { Point, pointToHex, readScalar } from './group.ts'

const CIPHER = 'chacha20-poly1305'
const [KEY_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 12, 16]
const VERSION = 1

/** The seed of an identity's shares. @throws KEYS_PRIVATE_KEY */
export function deriveSeed(privateKey: Hex): Uint8Array {
  const { address } = createLocalSigner(privateKey)
  const key = hexToBytes(privateKey)
  const seed = new Uint8Array(
    hkdfSync('sha256', key, hexToBytes(address), 'breakwater/share/seed/v1', SEED_BYTES),
  )
  key.fill(0)
  return seed
}

interface Header {
  readonly version: number
  readonly group: Group
  readonly self: number
  readonly nonce: Hex
}

const headerCodec: Codec<Header> = struct<Header>({
  version: u8,
  group: groupCodec,
  self: u8,
  nonce: fixed(NONCE_BYTES),
})
const fileCodec = struct<{ header: Header; sealed: Hex }>({
  header: headerCodec,
  sealed: fixed(SEALED_SHARE_BYTES),
})

function deriveKey(seed: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(), 'breakwater/share/file/v1', KEY_BYTES))
}

/** The content of the file that keeps a share. What everybody knows of the group is in the clear. */
export function sealGroupShare({ group, self, secret }: GroupShare, seed: Uint8Array, rng: Rng): Uint8Array {
  const nonce = rng.bytes(NONCE_BYTES)
  const header = { version: VERSION, group, self, nonce: bytesToHex(nonce) }
  const key = deriveKey(seed)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(encode(headerCodec, header), { plaintextLength: secret.length })
  const sealed = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()])
  key.fill(0)
  return encode(fileCodec, { header, sealed: bytesToHex(sealed) })
}

/** @throws KEYS_SHARE when the file is damaged, of another identity, or not a share of the group that it names. */
export function openGroupShare(file: Uint8Array, seed: Uint8Array): GroupShare {
  const refused = (reason: string, hint: string) =>
    new BaseError('KEYS_SHARE', `the file of a group key’s share ${reason}`, { hint })
  const again = 'delete it: the guardian makes the share again from the log'
  let content: { header: Header; sealed: Hex }
  try {
    content = decode(fileCodec, file)
  } catch (error) {
    throw refused(
      'is damaged',
      `${again} (${error instanceof BaseError ? error.shortMessage : 'not readable'})`,
    )
  }
  const { header, sealed } = content
  if (header.version !== VERSION)
    throw refused(`is of version ${header.version}`, `version ${VERSION} is read; ${again}`)
  const secret = open(encode(headerCodec, header), hexToBytes(header.nonce), hexToBytes(sealed), seed)
  if (secret === null)
    throw refused('does not open', `it was changed, or belongs to another identity; ${again}`)
  const scalar = readScalar(bytesToHex(secret))
  const { group, self } = header
  if (!scalar || pointToHex(Point.BASE.multiply(scalar)) !== verificationShare(group, self)) {
    throw refused(`is not that of guardian ${self}`, again)
  }
  return { group, self, secret }
}

function open(
  header: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  seed: Uint8Array,
): Uint8Array | null {
  const key = deriveKey(seed)
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(header, { plaintextLength: end })
  decipher.setAuthTag(sealed.subarray(end))
  try {
    return Uint8Array.from(Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]))
  } catch {
    return null
  } finally {
    key.fill(0)
  }
}
