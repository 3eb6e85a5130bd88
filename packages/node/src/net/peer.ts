/**
 * One other guardian: dials it while there is no connection, and settles which connection counts.
 *
 * Both sides dial, so that either one's open port is enough. When both succeed at once, or one side has lost what the
 * other still believes in, there are two connections. The guardian with the lower address then decides: it keeps the
 * newest, and ends the other as soon as the newest is known to stand at both ends. The one with the higher address ends none
 * by itself, and sends on the newest. An attempt that is under way is never given up for a connection: its other end may
 * have taken it already. So nothing is lost in between.
 * @module
 */
import { type Address, BaseError, type Clock, type Rng } from '@breakwater/kernel'
import { backoffMs } from './backoff.ts'
import { createBucket } from './bucket.ts'
import { type Allowance, type Connection, createConnection, type Traffic } from './connection.ts'
import { type Endpoint, formatEndpoint } from './endpoint.ts'
import { toPeerError, type Verified } from './handshake.ts'
import type { MeshLimits } from './limits.ts'

export interface PeerStatus {
  readonly guardian: Address
  readonly endpoint: Endpoint | null
  /** One, or none; two for a moment, while it is being settled which one counts. */
  readonly connections: number
  /** `null`: there is no connection. */
  readonly connectedSinceMs: number | null
  readonly rttMs: number | null
  readonly traffic: Readonly<Traffic>
  /** Why there was no connection the last time that there was none. */
  readonly lastError: { readonly error: BaseError; readonly atMs: number } | null
  /** `null` while connected, or while an attempt is under way. */
  readonly nextAttemptAtMs: number | null
}

export interface PeerOptions {
  readonly guardian: Address
  /** Whether this side settles which of two connections counts. */
  readonly decides: boolean
  readonly limits: MeshLimits
  readonly clock: Clock
  readonly rng: Rng
  /** Resolves with a connection to this very guardian. */
  dial(endpoint: Endpoint, signal: AbortSignal): Promise<Verified>
  onMessage(message: Uint8Array): void
  onConnected(): void
  onDisconnected(reason: BaseError): void
  onUnreachable(reason: BaseError): void
}

export interface Peer {
  /** Takes a connection that this guardian, verified, has begun. */
  adopt(verified: Verified): void
  /** `null`: it is not dialled, only let in. */
  setEndpoint(endpoint: Endpoint | null): void
  send(frame: Uint8Array): void
  status(): PeerStatus
  close(reason: BaseError): void
}

/** A connection that ends sooner counts as an attempt that failed. */
const STABLE_MS = 2000
/** Two by right, until the one who decides has decided. */
const MAX_CONNECTIONS = 2

interface State {
  readonly options: PeerOptions
  readonly traffic: Traffic
  readonly allowance: Allowance
  endpoint: Endpoint | null
  /** The newest last. */
  connections: Connection[]
  /** The one that ended last, which may still be read to its end: one, whatever the peer does. */
  retiring: Connection | null
  attempts: number
  dialing: AbortController | null
  retry: { atMs: number; cancel(): void } | null
  lastError: { error: BaseError; atMs: number } | null
  isClosed: boolean
}

export function createPeer(options: PeerOptions): Peer {
  const { inbound } = options.limits
  const startMs = options.clock.nowMs()
  const state: State = {
    options,
    traffic: {
      ...{ sentFrames: 0, sentBytes: 0, receivedFrames: 0, receivedBytes: 0 },
      ...{ droppedFrames: 0, throttled: 0 },
    },
    allowance: {
      bytes: createBucket(inbound.bytesPerSecond, startMs),
      messages: createBucket(inbound.messagesPerSecond, startMs),
    },
    ...{ endpoint: null, connections: [], retiring: null, lastError: null, isClosed: false },
    ...{ dialing: null, retry: null },
    attempts: firstAttempt(options),
  }
  return {
    adopt: (verified) => adopt(state, verified),
    setEndpoint(endpoint) {
      if (sameEndpoint(endpoint, state.endpoint)) return
      state.endpoint = endpoint
      stopDialing(state)
      state.attempts = firstAttempt(options)
      plan(state)
    },
    send(frame) {
      const connection = state.connections.at(-1)
      if (connection === undefined) state.traffic.droppedFrames++
      else connection.send(frame)
    },
    status: () => statusOf(state),
    close(reason) {
      state.isClosed = true
      stopDialing(state)
      for (const connection of [...state.connections]) connection.close(reason)
      state.retiring?.close(reason)
    },
  }
}

/** The other side waits a moment before it dials too, so that mostly only one does. */
const firstAttempt = ({ decides }: PeerOptions): number => (decides ? 0 : 1)

function sameEndpoint(one: Endpoint | null, other: Endpoint | null): boolean {
  return one === other || (one !== null && other !== null && formatEndpoint(one) === formatEndpoint(other))
}

function adopt(state: State, verified: Verified): void {
  const { limits, clock, onMessage, onConnected } = state.options
  if (state.isClosed) {
    verified.socket.destroy()
    return
  }
  cancelRetry(state)
  const connection: Connection = createConnection({
    ...verified,
    ...{ limits, clock, onMessage, traffic: state.traffic, allowance: state.allowance },
    onUp: () => settle(state, connection),
    onLeft: (reason) => left(state, connection, reason),
  })
  state.connections.push(connection)
  const [oldest] = state.connections
  if (state.connections.length > MAX_CONNECTIONS) oldest?.close(replacedError())
  if (state.connections.length === 1) onConnected()
}

/** Ends what is older than a connection that stands. */
function settle(state: State, connection: Connection): void {
  const { options, connections } = state
  if (!options.decides || !connections.includes(connection)) return
  for (const old of connections.slice(0, connections.indexOf(connection))) old.retire(replacedError())
}

function left(state: State, connection: Connection, reason: BaseError): void {
  const { clock, onDisconnected } = state.options
  state.connections = state.connections.filter((other) => other !== connection)
  state.retiring?.close(reason)
  state.retiring = connection
  if (state.connections.length > 0) return
  const nowMs = clock.nowMs()
  const isStable = nowMs - connection.sinceMs >= STABLE_MS
  state.attempts = isStable ? firstAttempt(state.options) : state.attempts + 1
  state.lastError = { error: reason, atMs: nowMs }
  onDisconnected(reason)
  plan(state)
}

/** Nothing is planned twice, nor while there is a connection, or nowhere to go. */
function plan(state: State): void {
  const { clock, rng, limits } = state.options
  const isIdle = state.connections.length === 0 && state.dialing === null && state.retry === null
  if (!isIdle || state.isClosed || state.endpoint === null) return
  const delayMs = backoffMs(state.attempts, limits.backoff, rng)
  const cancel = clock.schedule(delayMs, () => {
    state.retry = null
    if (state.connections.length === 0) dial(state)
  })
  state.retry = { atMs: clock.nowMs() + delayMs, cancel }
}

function dial(state: State): void {
  const { endpoint, options } = state
  if (endpoint === null) return
  const dialing = new AbortController()
  state.dialing = dialing
  const ended = () => {
    if (state.dialing === dialing) state.dialing = null
  }
  options.dial(endpoint, dialing.signal).then(
    (verified) => {
      ended()
      adopt(state, verified)
    },
    (error) => {
      ended()
      if (!dialing.signal.aborted) failed(state, toPeerError(error))
    },
  )
}

function failed(state: State, error: BaseError): void {
  const { clock, onUnreachable } = state.options
  state.attempts++
  if (state.connections.length > 0) return
  state.lastError = { error, atMs: clock.nowMs() }
  onUnreachable(error)
  plan(state)
}

function cancelRetry(state: State): void {
  state.retry?.cancel()
  state.retry = null
}

function stopDialing(state: State): void {
  cancelRetry(state)
  state.dialing?.abort()
  state.dialing = null
}

function statusOf({ options, endpoint, connections, traffic, lastError, retry }: State): PeerStatus {
  const connection = connections.at(-1)
  return {
    guardian: options.guardian,
    endpoint,
    connections: connections.length,
    connectedSinceMs: connection?.sinceMs ?? null,
    rttMs: connection?.rttMs() ?? null,
    traffic: { ...traffic },
    lastError,
    nextAttemptAtMs: retry?.atMs ?? null,
  }
}

function replacedError(): BaseError {
  return new BaseError('NODE_PEER_REPLACED', 'the peer has a newer connection', { retry: 'later' })
}
