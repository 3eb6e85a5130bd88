/**
 * One connection to a verified guardian. Reads no faster than the peer may send, keeps only so much as the peer has not
 * read, and ends when the peer is silent, slow, or says what it must not.
 * @module
 */
import { BaseError, type Clock } from '@breakwater/kernel'
import { type Backlog, createBacklog } from './backlog.ts'
import type { Bucket } from './bucket.ts'
import { encodeFrame, FRAME_BYTES, type Frame, HELLO, MESSAGE, PING, PONG } from './frame.ts'
import { closedError, nowSeconds, readFrame, toPeerError, type Verified } from './handshake.ts'
import type { MeshLimits } from './limits.ts'

/** What went to and fro since this guardian started; of all connections to one peer. */
export interface Traffic {
  sentFrames: number
  sentBytes: number
  receivedFrames: number
  receivedBytes: number
  /** Not sent: the peer was away, or read too slowly. */
  droppedFrames: number
  /** How often the peer had to wait because it sent too fast. */
  throttled: number
}

/** What one peer may send. It outlives a connection, or else a new one would bring a new allowance. */
export interface Allowance {
  readonly bytes: Bucket
  readonly messages: Bucket
}

export interface ConnectionOptions extends Verified {
  readonly limits: MeshLimits
  readonly clock: Clock
  readonly traffic: Traffic
  readonly allowance: Allowance
  onMessage(message: Uint8Array): void
  /** Once: the first frame shows that the peer has taken the connection too. */
  onUp(): void
  /** Once: from now on nothing can be sent. */
  onLeft(reason: BaseError): void
}

export interface Connection {
  readonly sinceMs: number
  rttMs(): number | null
  /** An encoded frame with a message. */
  send(frame: Uint8Array): void
  close(reason: BaseError): void
  /** Sends nothing more, and still takes what the peer has sent before it noticed. */
  retire(reason: BaseError): void
}

/** Frames of one peer before the others have their turn. */
const FRAMES_PER_TURN = 32
const PING_BYTES = 4

interface Link {
  readonly options: ConnectionOptions
  readonly backlog: Backlog
  /** Whether reading goes on by itself later. */
  isWaiting: boolean
  /** Whether the socket wants nothing more for now. */
  isFull: boolean
  /** For how long nothing was heard and nothing was read: by timer, so that a clock that is set does not matter. */
  quietMs: number
  fullMs: number
  ping: { id: number; atMs: number }
  rttMs: number | null
  /** Nothing is sent any more; what has come in, or is about to, is still taken. */
  isLeft: boolean
  /** Nothing is taken any more either. */
  isStopped: boolean
  isUp: boolean
  cancelTick: () => void
  cancelWait: () => void
  cancelEnd: () => void
}

export function createConnection(options: ConnectionOptions): Connection {
  const { clock, limits, socket } = options
  const startMs = clock.nowMs()
  const link: Link = {
    options,
    backlog: createBacklog(limits.backlog),
    ...{ isWaiting: false, isFull: false, quietMs: 0, fullMs: 0, isUp: false },
    ...{ isLeft: false, isStopped: false },
    ...{ ping: { id: 0, atMs: startMs }, rttMs: null },
    ...{ cancelTick: () => {}, cancelWait: () => {}, cancelEnd: () => {} },
  }
  let failure: unknown = null
  socket.on('error', (error) => {
    failure ??= error
  })
  socket.on('close', () => {
    link.cancelEnd()
    leave(link, failure === null ? closedError() : toPeerError(failure))
  })
  // Who has ended may read what was sent so far, and nothing from now on.
  socket.on('end', () => retire(link, closedError()))
  socket.on('readable', () => read(link))
  socket.on('drain', () => drain(link))
  // What is there already is told only after the caller has the connection.
  queueMicrotask(() => {
    read(link)
    if (socket.destroyed) leave(link, closedError())
  })
  sendPing(link)
  link.cancelTick = clock.schedule(limits.pingMs, () => tick(link))
  return {
    sinceMs: startMs,
    rttMs: () => link.rttMs,
    send: (frame) => send(link, frame),
    close: (reason) => close(link, reason),
    retire: (reason) => retire(link, reason),
  }
}

/** Takes frames while the peer's allowance lasts; what it sends beyond stays in the network. */
function read(link: Link): void {
  const { socket, decoder, limits, clock, traffic, allowance } = link.options
  if (link.isWaiting) return
  try {
    for (let count = 0; count < FRAMES_PER_TURN; count++) {
      if (link.isStopped) return
      const nowMs = clock.nowMs()
      const waitMs = Math.max(allowance.bytes.waitMs(nowMs), allowance.messages.waitMs(nowMs))
      if (waitMs > 0) {
        traffic.throttled++
        readLater(link, (task) => clock.schedule(waitMs, task))
        return
      }
      const frame = readFrame(socket, decoder, limits.messageBytes)
      if (frame === null) return
      allowance.bytes.take(FRAME_BYTES + frame.body.length, nowMs)
      allowance.messages.take(1, nowMs)
      take(link, frame)
    }
    readLater(link, (task) => {
      const turn = setImmediate(task)
      return () => clearImmediate(turn)
    })
  } catch (error) {
    close(link, toPeerError(error))
  }
}

function readLater(link: Link, schedule: (task: () => void) => () => void): void {
  link.isWaiting = true
  link.cancelWait = schedule(() => {
    link.isWaiting = false
    read(link)
  })
}

function take(link: Link, { kind, body }: Frame): void {
  const { traffic, onMessage, onUp, clock } = link.options
  link.quietMs = 0
  if (!link.isUp) {
    link.isUp = true
    onUp()
  }
  traffic.receivedFrames++
  traffic.receivedBytes += FRAME_BYTES + body.length
  if (kind === MESSAGE) onMessage(body)
  else if (kind === HELLO || body.length !== PING_BYTES) throw misplacedError(kind, body.length)
  else if (kind === PING) send(link, encodeFrame(PONG, body))
  else if (Buffer.from(body).readUInt32BE() === link.ping.id) {
    link.rttMs = Math.max(0, clock.nowMs() - link.ping.atMs)
  }
}

function send(link: Link, frame: Uint8Array): void {
  if (link.isLeft) return
  if (link.isFull) link.options.traffic.droppedFrames += link.backlog.push(frame)
  else write(link, frame)
}

function write(link: Link, frame: Uint8Array): void {
  const { traffic, socket } = link.options
  traffic.sentFrames++
  traffic.sentBytes += frame.length
  link.isFull = !socket.write(frame)
}

function drain(link: Link): void {
  link.isFull = false
  link.fullMs = 0
  while (!link.isFull && !link.isLeft) {
    const frame = link.backlog.shift()
    if (frame === null) return
    write(link, frame)
  }
}

function tick(link: Link): void {
  const { limits, clock, expirySeconds } = link.options
  link.quietMs += limits.pingMs
  if (link.isFull) link.fullMs += limits.pingMs
  if (nowSeconds(clock) >= expirySeconds) close(link, expiredError())
  else if (link.quietMs > limits.silentMs) close(link, silentError(limits.silentMs))
  else if (link.fullMs > limits.slowMs) close(link, slowError(limits.slowMs))
  else {
    sendPing(link)
    link.cancelTick = clock.schedule(limits.pingMs, () => tick(link))
  }
}

/** Not while the peer has something to read: it would say how long the queue is. */
function sendPing(link: Link): void {
  if (link.isFull) return
  link.ping = { id: (link.ping.id + 1) % 2 ** 32, atMs: link.options.clock.nowMs() }
  const body = Buffer.alloc(PING_BYTES)
  body.writeUInt32BE(link.ping.id)
  write(link, encodeFrame(PING, body))
}

function close(link: Link, reason: BaseError): void {
  link.isStopped = true
  link.cancelWait()
  link.options.socket.destroy()
  leave(link, reason)
}

function retire(link: Link, reason: BaseError): void {
  const { socket, clock, limits } = link.options
  if (link.isLeft) return
  socket.end()
  link.cancelEnd = clock.schedule(limits.handshakeTimeoutMs, () => socket.destroy())
  leave(link, reason)
}

function leave(link: Link, reason: BaseError): void {
  const { traffic, onLeft } = link.options
  if (link.isLeft) return
  link.isLeft = true
  link.cancelTick()
  traffic.droppedFrames += link.backlog.length
  onLeft(reason)
}

function misplacedError(kind: number, bytes: number): BaseError {
  return new BaseError(
    'NODE_PEER_FRAME',
    `a frame of kind ${kind} with ${bytes} bytes does not belong here`,
    {
      hint: 'the peer runs another version',
    },
  )
}

function expiredError(): BaseError {
  return new BaseError(
    'NODE_PEER_EXPIRED',
    "the peer's binding has ended: it gives a new one on connecting",
    {
      retry: 'later',
    },
  )
}

function silentError(silentMs: number): BaseError {
  return new BaseError('NODE_PEER_SILENT', `nothing was heard of the peer for ${silentMs} ms`, {
    hint: 'its machine or the network in between is gone, or overloaded',
    retry: 'later',
  })
}

function slowError(slowMs: number): BaseError {
  return new BaseError('NODE_PEER_SLOW', `the peer has not read what was sent for ${slowMs} ms`, {
    hint: 'its machine or the network in between is overloaded',
    retry: 'later',
  })
}
