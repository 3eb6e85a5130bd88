/**
 * Web3 Secret Storage, version 3: a private key in a JSON file under a password. scrypt and pbkdf2 are read,
 * scrypt is written. https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage
 * @module
 */
import { BaseError, type Hex, isHex, messageOf, type Rng } from '@breakwater/kernel'
import { Keystore } from 'ox'
import { z } from 'zod'
import { createLocalSigner } from './ecdsa.ts'

/** Hexadecimal without 0x, in lower case. */
const hex = (bytes?: number) =>
  z
    .string()
    .transform((text) => text.replace(/^0x/, '').toLowerCase())
    .refine(
      (text) => isHex(`0x${text}`, bytes),
      `is not ${bytes ?? 'a whole number of'} bytes of hexadecimal`,
    )

/** What deriving a key may cost: a file with larger parameters is refused instead of freezing the process. */
const MAX_SCRYPT_BYTES = 2 ** 30
const MAX_PBKDF2_ROUNDS = 10_000_000

const scryptParams = z.object({
  dklen: z.literal(32),
  n: z.int().positive(),
  r: z.int().positive(),
  p: z.int().positive().max(64),
  salt: hex(),
})
const pbkdf2Params = z.object({
  dklen: z.literal(32),
  c: z.int().positive().max(MAX_PBKDF2_ROUNDS),
  prf: z.literal('hmac-sha256'),
  salt: hex(),
})
const keystoreSchema = z.object({
  version: z.literal(3),
  id: z.string().default(''),
  // The format's own examples write `Crypto` as well as `crypto`.
  crypto: z.intersection(
    z.object({
      cipher: z.literal('aes-128-ctr'),
      ciphertext: hex(32),
      cipherparams: z.object({ iv: hex(16) }),
      mac: hex(32),
    }),
    z.discriminatedUnion('kdf', [
      z.object({ kdf: z.literal('scrypt'), kdfparams: scryptParams }),
      z.object({ kdf: z.literal('pbkdf2'), kdfparams: pbkdf2Params }),
    ]),
  ),
})

function invalid(reason: string): BaseError {
  return new BaseError('KEYS_KEYSTORE', `keystore: ${reason}`, {
    hint: 'expected a Web3 Secret Storage file, version 3 (geth, foundry and `breakwater keys new` write it)',
  })
}

function parse(text: string): Keystore.Keystore {
  let json: Record<string, unknown>
  try {
    json = JSON.parse(text)
  } catch {
    // The parser's message would quote the text, which may be a bare key.
    throw invalid(`not JSON (${text.length} characters)`)
  }
  const parsed = keystoreSchema.safeParse({ ...json, crypto: json?.crypto ?? json?.Crypto })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(`field ${issue?.path.join('.') || 'version'}: ${issue?.message ?? 'is missing'}`)
  }
  const { kdfparams } = parsed.data.crypto
  if ('n' in kdfparams) {
    const neededBytes = 128 * kdfparams.r * (kdfparams.n + kdfparams.p)
    if (neededBytes > MAX_SCRYPT_BYTES) throw invalid(`scrypt would need ${neededBytes} bytes of memory`)
  }
  return parsed.data
}

/**
 * The private key of a keystore file. Deriving it blocks for about a second: that is what the format is for.
 * @throws KEYS_KEYSTORE when the file is damaged, KEYS_PASSWORD when the password does not open it.
 */
export function decryptKeystore(text: string, password: string): Hex {
  const keystore = parse(text)
  let key: Keystore.Key
  try {
    key = Keystore.toKey(keystore, { password })
  } catch (error) {
    throw invalid(`${keystore.crypto.kdf}: ${messageOf(error)}`)
  }
  try {
    return Keystore.decrypt(keystore, key)
  } catch {
    throw new BaseError('KEYS_PASSWORD', 'the password does not open the keystore', {
      hint: 'check the password file or variable that guardian.yaml names; a trailing line break is ignored',
    })
  }
}

export interface EncryptOptions {
  /** scrypt's cost; 2^17 (about half a second) unless a test needs less. */
  n?: number
}

/** The text of a keystore file for a private key. */
export function encryptKeystore(
  privateKey: Hex,
  password: string,
  rng: Rng,
  { n = 2 ** 17 }: EncryptOptions = {},
): string {
  const { address } = createLocalSigner(privateKey)
  const iv = rng.bytes(16)
  const [key, options] = Keystore.scrypt({ password, iv, salt: rng.bytes(32), n, r: 8, p: 1 })
  const keystore = Keystore.encrypt(privateKey, key, { ...options, iv })
  return `${JSON.stringify({ address: address.slice(2), ...keystore }, null, 2)}\n`
}
