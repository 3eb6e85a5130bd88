/**
 * TLS 1.3 with a certificate on both sides, and as little else of TLS as possible: one kind of key, one group, no session
 * that could be resumed and so no early data. Nobody can make this guardian verify an RSA signature or calculate in a
 * large group.
 * @module
 */
import { constants, type KeyObject, type X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { BaseError, type Hex } from '@breakwater/kernel'
import { createCertificate, hashPublicKey } from './certificate.ts'
import type { Endpoint } from './endpoint.ts'

/** ALPN (RFC 7301): whoever speaks another version is refused before it says anything. */
const PROTOCOL = 'breakwater/1'
const VERSION = 'TLSv1.3'

export interface Credentials {
  readonly context: SecureContext
  /** SHA-256 of this side's public key. */
  readonly keyHash: Hex
}

/** @param key Ed25519 */
export function createCredentials(key: KeyObject): Credentials {
  const context = createSecureContext({
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    cert: createCertificate(key),
    minVersion: VERSION,
    maxVersion: VERSION,
    sigalgs: 'ed25519',
    ecdhCurve: 'X25519',
    secureOptions: constants.SSL_OP_NO_TICKET,
  })
  return { context, keyHash: hashPublicKey(key) }
}

/** Certificates are not judged by who issued them: the binding says whose key it is. */
const shared = ({ context }: Credentials) => ({
  secureContext: context,
  ALPNProtocols: [PROTOCOL],
  rejectUnauthorized: false,
})

export function dialSecurely({ host, port }: Endpoint, credentials: Credentials): TLSSocket {
  return connect({ host, port, ...shared(credentials) }).setNoDelay(true)
}

export function acceptSecurely(socket: Socket, credentials: Credentials): TLSSocket {
  return new TLSSocket(socket, { isServer: true, requestCert: true, ...shared(credentials) })
}

/** Resolves once both sides have proven that they hold the keys of their certificates. */
export function untilSecure(socket: TLSSocket, isDialer: boolean): Promise<void> {
  return new Promise((resolve) => socket.once(isDialer ? 'secureConnect' : 'secure', () => resolve()))
}

/** The key that the other end has proven to hold. @throws NODE_PEER_TLS unless all is as it must be */
export function peerKeyHash(socket: TLSSocket): Hex {
  if (socket.getProtocol() !== VERSION) throw tlsError(`speaks ${socket.getProtocol()}, not ${VERSION}`)
  if (socket.alpnProtocol !== PROTOCOL) throw tlsError(`does not speak ${PROTOCOL}`)
  if (socket.isSessionReused()) throw tlsError('resumed a session')
  const certificate: X509Certificate | undefined = socket.getPeerX509Certificate()
  if (certificate === undefined) throw tlsError('has no certificate')
  return hashPublicKey(certificate.publicKey)
}

function tlsError(reason: string): BaseError {
  return new BaseError('NODE_PEER_TLS', `the other end ${reason}`, {
    hint: 'it is no guardian, or one of another version',
  })
}
