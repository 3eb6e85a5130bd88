/**
 * From a TLS connection to a guardian. The dialer shows its binding first, the acceptor only to a guardian: a stranger
 * does not even learn whom it has reached.
 * @module
 */
import type { TLSSocket } from 'node:tls'
import { type Address, BaseError, type Clock, messageOf } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { BINDING_BYTES, type Realm, signBinding, verifyBinding } from './binding.ts'
import { createFrameDecoder, encodeFrame, type Frame, type FrameDecoder, HELLO } from './frame.ts'
import type { MeshLimits } from './limits.ts'
import { type Credentials, peerKeyHash, untilSecure } from './secure.ts'

/** Who this guardian is, to its peers. */
export interface Self {
  readonly realm: Realm
  readonly signer: Signer
  readonly credentials: Credentials
  readonly limits: MeshLimits
  readonly clock: Clock
}

/** A connection whose other end is known. */
export interface Verified {
  readonly socket: TLSSocket
  /** Holds what came behind the first frame. */
  readonly decoder: FrameDecoder
  readonly guardian: Address
  readonly expirySeconds: bigint
}

export const nowSeconds = (clock: Clock): bigint => BigInt(Math.floor(clock.nowMs() / 1000))

/**
 * Ends with a verified peer, or with a destroyed socket, within the handshake's time.
 * @param judge throws when there is no business with this guardian
 * @throws NODE_PEER_*, KERNEL_DECODE
 */
export async function shakeHands(
  socket: TLSSocket,
  isDialer: boolean,
  self: Self,
  judge: (guardian: Address) => void,
): Promise<Verified> {
  const { clock, limits } = self
  const cancel = clock.schedule(limits.handshakeTimeoutMs, () =>
    socket.destroy(timeoutError(limits.handshakeTimeoutMs)),
  )
  const lost = untilLost(socket)
  try {
    await Promise.race([untilSecure(socket, isDialer), lost])
    const keyHash = peerKeyHash(socket)
    if (isDialer) sayHello(socket, self)
    const decoder = createFrameDecoder()
    const { kind, body } = await Promise.race([firstFrame(socket, decoder), lost])
    if (kind !== HELLO) {
      throw new BaseError('NODE_PEER_FRAME', `the first frame is of kind ${kind}, not a binding`)
    }
    const { guardian, expirySeconds } = verifyBinding(body, keyHash, self.realm, nowSeconds(clock))
    judge(guardian)
    if (!isDialer) sayHello(socket, self)
    return { socket, decoder, guardian, expirySeconds }
  } catch (error) {
    socket.destroy()
    throw toPeerError(error)
  } finally {
    cancel()
  }
}

function sayHello(socket: TLSSocket, { realm, signer, credentials, limits, clock }: Self): void {
  const expirySeconds = nowSeconds(clock) + BigInt(limits.bindingSeconds)
  socket.write(encodeFrame(HELLO, signBinding(realm, signer, credentials.keyHash, expirySeconds)))
}

/** Rejects when the socket closes. It listens to errors for as long as there is the socket. */
function untilLost(socket: TLSSocket): Promise<never> {
  let failure: unknown = null
  socket.on('error', (error) => {
    failure ??= error
  })
  const lost = new Promise<never>((_, reject) => {
    socket.once('close', () => reject(failure ?? closedError()))
  })
  lost.catch(() => {})
  return lost
}

function firstFrame(socket: TLSSocket, decoder: FrameDecoder): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const read = (): void => {
      try {
        const frame = readFrame(socket, decoder, BINDING_BYTES)
        if (frame === null) return
        socket.off('readable', read)
        resolve(frame)
      } catch (error) {
        socket.off('readable', read)
        reject(error)
      }
    }
    socket.on('readable', read)
    read()
  })
}

/** The next frame, taking from the socket only as much as it needs; `null`: it has not come yet. */
export function readFrame(socket: TLSSocket, decoder: FrameDecoder, maxBodyBytes: number): Frame | null {
  for (;;) {
    const frame = decoder.next(maxBodyBytes)
    if (frame !== null) return frame
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return null
    decoder.push(chunk)
  }
}

export function closedError(): BaseError {
  return new BaseError('NODE_PEER_CLOSED', 'the other end closed the connection', {
    hint: 'if it does so during the handshake, it does not accept this guardian: its log says why',
    retry: 'later',
  })
}

function timeoutError(timeoutMs: number): BaseError {
  return new BaseError('NODE_PEER_TIMEOUT', `the other end did not prove who it is within ${timeoutMs} ms`, {
    hint: 'check that a guardian listens there, and the way to it',
    retry: 'later',
  })
}

/** What sockets and OpenSSL throw, with a code of the house. */
export function toPeerError(error: unknown): BaseError {
  if (error instanceof BaseError) return error
  const code = String((error as { code?: unknown } | null)?.code ?? '')
  const isTls = /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)
  return new BaseError(
    isTls ? 'NODE_PEER_TLS' : 'NODE_PEER_LOST',
    `${isTls ? 'TLS failed' : 'the connection failed'}: ${messageOf(error)}`,
    {
      hint: isTls
        ? 'it is no guardian, or one of another version'
        : 'check that the guardian runs, its address, and firewalls in between',
      retry: 'later',
      cause: error,
    },
  )
}
