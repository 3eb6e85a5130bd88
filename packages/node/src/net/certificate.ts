/**
 * A self-signed X.509 certificate (RFC 5280) for an Ed25519 key (RFC 8410), because TLS wants one. It vouches for nothing:
 * whose key it is says the binding. The same key always gives the same certificate. Only written here; OpenSSL reads.
 * @module
 */
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { assert, bytesToHex, type Hex } from '@breakwater/kernel'

const SEQUENCE = 0x30
const SET = 0x31

/** One value in DER (X.690): tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  assert(content.length < 2 ** 16, 'a certificate of 64 KiB')
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const integer = (bytes: Uint8Array) => der(0x02, bytes)
const bitString = (bytes: Uint8Array) => der(0x03, Buffer.of(0), bytes)
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const utf8String = (text: string) => der(0x0c, Buffer.from(text))
const utcTime = (text: string) => der(0x17, Buffer.from(text))
const generalizedTime = (text: string) => der(0x18, Buffer.from(text))

/** 1.3.101.112 */
const ED25519 = der(SEQUENCE, objectId('2b6570'))
/** 2.5.4.3 */
const COMMON_NAME = objectId('550403')
const NAME = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, utf8String('Breakwater guardian'))))
/** Without end, as RFC 5280 writes it: it is the binding that expires. */
const VALIDITY = der(SEQUENCE, utcTime('700101000000Z'), generalizedTime('99991231235959Z'))

/** SubjectPublicKeyInfo in DER. */
const publicKeyBytes = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** SHA-256 of the public key of a pair, by either half: what a binding names. */
export function hashPublicKey(key: KeyObject): Hex {
  return bytesToHex(sha256(publicKeyBytes(key)))
}

/** PEM. Version 1, which is the version of a certificate without extensions. */
export function createCertificate(privateKey: KeyObject): string {
  const publicKey = publicKeyBytes(privateKey)
  // A leading 1 keeps the number positive, and its encoding the shortest.
  const serial = Buffer.concat([Buffer.of(1), sha256(publicKey).subarray(0, 15)])
  const body = der(SEQUENCE, integer(serial), ED25519, NAME, VALIDITY, NAME, publicKey)
  const certificate = der(SEQUENCE, body, ED25519, bitString(sign(null, body, privateKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
