import { createSeededRng, type Hex } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { createLocalSigner } from './ecdsa.ts'
import { decryptKeystore, encryptKeystore } from './keystore.ts'

/** The two test vectors of the Web3 Secret Storage definition. */
const SECRET = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
const PBKDF2 = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}
const SCRYPT = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262144,
      r: 1,
      p: 8,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}

describe('keystore', () => {
  it('opens the published vectors, pbkdf2 and scrypt', () => {
    expect(decryptKeystore(JSON.stringify(PBKDF2), 'testpassword')).toBe(SECRET)
    expect(decryptKeystore(JSON.stringify(SCRYPT), 'testpassword')).toBe(SECRET)
    const { crypto, ...rest } = SCRYPT
    expect(decryptKeystore(JSON.stringify({ ...rest, Crypto: crypto }), 'testpassword')).toBe(SECRET)
  })

  it('opens what it wrote, and writes the address beside', () => {
    const key: Hex = `0x${'4c'.repeat(32)}`
    const text = encryptKeystore(key, 'pass ünïcode', createSeededRng(1), { n: 1024 })
    expect(decryptKeystore(text, 'pass ünïcode')).toBe(key)
    expect(JSON.parse(text).address).toBe(createLocalSigner(key).address.slice(2))
    expect(text).not.toContain('4c4c')
  })

  it('tells a wrong password from a damaged file', () => {
    expect(caught(() => decryptKeystore(JSON.stringify(PBKDF2), 'wrong'))).toMatchObject({
      code: 'KEYS_PASSWORD',
    })
    const damaged = { ...PBKDF2, crypto: { ...PBKDF2.crypto, cipherparams: { iv: '00' } } }
    expect(() => decryptKeystore(JSON.stringify(damaged), 'testpassword')).toThrow(
      /field crypto.cipherparams.iv: is not 16 bytes/,
    )
  })

  const change = (kdfparams: object) =>
    JSON.stringify({
      ...SCRYPT,
      crypto: { ...SCRYPT.crypto, kdfparams: { ...SCRYPT.crypto.kdfparams, ...kdfparams } },
    })
  it.each([
    ['truncated JSON', JSON.stringify(SCRYPT).slice(0, 90), /not JSON/],
    ['a bare key, which the error must not show', SECRET, /not JSON \(66 characters/],
    ['another version', JSON.stringify({ ...SCRYPT, version: 1 }), /field version/],
    ['no crypto at all', '{"version":3}', /field crypto/],
    ['null', 'null', /field/],
    [
      'another cipher',
      JSON.stringify({ ...SCRYPT, crypto: { ...SCRYPT.crypto, cipher: 'aes-128-cbc' } }),
      /cipher/,
    ],
    ['an absurd scrypt cost', change({ n: 2 ** 30, r: 8 }), /would need/],
    ['an n that is no power of two', change({ n: 1000 }), /scrypt/],
    ['another key length', change({ dklen: 64 }), /dklen/],
  ])('refuses %s', (_what, text, reason) => {
    const error = caught(() => decryptKeystore(text, 'testpassword'))
    expect(error).toMatchObject({ code: 'KEYS_KEYSTORE' })
    expect(error.message).toMatch(reason)
    expect(error.message).not.toContain(SECRET.slice(2, 20))
  })
})

function caught(call: () => unknown): Error {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  throw new Error('expected an error')
}
