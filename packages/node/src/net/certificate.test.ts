import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCertificate, hashPublicKey } from './certificate.ts'

/** The pair of RFC 8410, sections 10.1 and 10.3. */
const privateKey = createPrivateKey(
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n',
)
const PUBLIC_KEY = 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE='

describe('the certificate', () => {
  const certificate = new X509Certificate(createCertificate(privateKey))

  it('holds the public key, and is signed with the private one', () => {
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')).toBe(PUBLIC_KEY)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.verify(createPublicKey(generateKeyPairSync('ed25519').privateKey))).toBe(false)
    expect(certificate.checkIssued(certificate)).toBe(true)
  })

  it('says nothing but that it has no end', () => {
    expect(certificate.subject).toBe('CN=Breakwater guardian')
    expect(certificate.issuer).toBe(certificate.subject)
    expect(new Date(certificate.validTo).toISOString()).toBe('9999-12-31T23:59:59.000Z')
    expect(certificate.serialNumber).toMatch(/^01[0-9A-F]{30}$/)
  })

  it('is always the same for one key, and its number another for each', () => {
    expect(createCertificate(privateKey)).toBe(createCertificate(privateKey))
    const other = new X509Certificate(createCertificate(generateKeyPairSync('ed25519').privateKey))
    expect(other.serialNumber).not.toBe(certificate.serialNumber)
  })

  it('is known by the SHA-256 of its public key, the same from either half of the pair', () => {
    const hash = createHash('sha256').update(Buffer.from(PUBLIC_KEY, 'base64')).digest('hex')
    expect(hashPublicKey(privateKey)).toBe(`0x${hash}`)
    expect(hashPublicKey(certificate.publicKey)).toBe(`0x${hash}`)
  })
})
