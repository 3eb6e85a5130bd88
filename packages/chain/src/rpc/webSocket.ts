import type { BaseError } from '@breakwater/kernel'
import { WebSocket } from 'isows'
import { onAbort } from './abort.ts'
import type { RpcAddress } from './address.ts'
import { isObject, parseJson, type RpcErrors, resultOf, rpcErrors } from './answer.ts'
import { DEFAULT_RPC_OPTIONS, type HeadListener, type Rpc, type RpcOptions } from './rpc.ts'

interface Pending {
  settle(answer: unknown): void
  fail(error: unknown): void
}

/** One socket, the requests it owes answers to, and who listens. After it ended, the next request opens another. */
interface Connection {
  readonly socket: WebSocket
  readonly opened: Promise<void>
  readonly pending: Map<number, Pending>
  readonly listeners: Map<string, HeadListener>
  /** Messages so far: one that stays silent through a whole timeout is given up. */
  received: number
  /** Why it ended. */
  end: BaseError | null
}

/**
 * JSON-RPC over WebSocket, with announcements of new heads. It connects at the first request, and again at the next
 * one after the connection was lost; subscriptions end with their connection and say so.
 */
export function createWebSocketRpc(address: RpcAddress, options: RpcOptions = DEFAULT_RPC_OPTIONS): Rpc {
  const errors = rpcErrors(address)
  let connection: Connection | null = null
  let lastId = 0
  let isClosed = false

  const request = async (method: string, params: readonly unknown[], signal?: AbortSignal) => {
    signal?.throwIfAborted()
    if (isClosed) throw errors.closed(method)
    if (connection === null || connection.end !== null) {
      connection = openConnection(address.url, options.maxAnswerBytes, errors)
    }
    const id = ++lastId
    const answer = await ask(connection, { id, method, params }, options.timeoutMs, errors, signal)
    return resultOf(answer, id, method, errors)
  }
  return {
    label: address.label,
    request,
    async subscribeHeads(listener) {
      const id = await request('eth_subscribe', ['newHeads'])
      const used = connection
      if (typeof id !== 'string') throw errors.malformed('eth_subscribe', 'it is no subscription id')
      if (used === null || used.end !== null) throw errors.closed('eth_subscribe')
      used.listeners.set(id, listener)
      return () => {
        if (!used.listeners.delete(id) || used.end !== null) return
        request('eth_unsubscribe', [id]).catch(() => {}) // a lost connection unsubscribes as well
      }
    },
    close() {
      isClosed = true
      if (connection !== null) endConnection(connection, errors.closed('connection'))
    },
  }
}

function openConnection(url: string, maxAnswerBytes: number, errors: RpcErrors): Connection {
  const socket = new WebSocket(url)
  const connection: Connection = {
    socket,
    opened: new Promise((resolve) => socket.addEventListener('open', () => resolve())),
    pending: new Map(),
    listeners: new Map(),
    received: 0,
    end: null,
  }
  const lose = (reason: string) => endConnection(connection, errors.unreachable('connection', reason))
  socket.addEventListener('error', () => lose('the socket failed'))
  socket.addEventListener('close', () => lose('the socket was closed'))
  socket.addEventListener('message', ({ data }) => {
    try {
      if (typeof data !== 'string') throw errors.malformed('connection', 'it is not text')
      if (data.length > maxAnswerBytes) throw errors.tooLarge('connection', maxAnswerBytes)
      receive(connection, parseJson(data, 'connection', errors), errors)
    } catch (error) {
      // What makes no sense once cannot be assigned to a request: all that wait must hear of it.
      endConnection(connection, error as BaseError)
    }
  })
  return connection
}

function receive(connection: Connection, message: unknown, errors: RpcErrors): void {
  connection.received++
  if (!isObject(message)) throw errors.malformed('connection', 'it is not an object')
  if (message.method === 'eth_subscription') {
    const { subscription, result } = isObject(message.params) ? message.params : {}
    connection.listeners.get(String(subscription))?.onHead(result)
    return
  }
  if (typeof message.id !== 'number') throw errors.malformed('connection', 'it has no id')
  // Without a taker: the request was given up meanwhile.
  connection.pending.get(message.id)?.settle(message)
}

function ask(
  connection: Connection,
  call: { id: number; method: string; params: readonly unknown[] },
  timeoutMs: number,
  errors: RpcErrors,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { pending, received } = connection
    const finish = () => {
      clearTimeout(timer)
      pending.delete(call.id)
      forget()
    }
    const settle = (answer: unknown) => {
      finish()
      resolve(answer)
    }
    const fail = (error: unknown) => {
      finish()
      reject(error)
    }
    const forget = onAbort(signal, () => fail(signal?.reason))
    const timer = setTimeout(() => {
      const error = errors.timeout(call.method, timeoutMs)
      fail(error)
      // A connection that lost its other end looks quiet for ever.
      if (connection.received === received) endConnection(connection, error)
    }, timeoutMs)
    pending.set(call.id, { settle, fail })
    connection.opened.then(() => {
      if (pending.has(call.id)) connection.socket.send(JSON.stringify({ jsonrpc: '2.0', ...call }))
    })
  })
}

function endConnection(connection: Connection, error: BaseError): void {
  if (connection.end !== null) return
  connection.end = error
  for (const { fail } of [...connection.pending.values()]) fail(error)
  for (const { onEnd } of connection.listeners.values()) onEnd(error)
  connection.listeners.clear()
  // Where there is `terminate`, `close` would wait for a peer that may be gone.
  const socket: WebSocket & { terminate?(): void } = connection.socket
  if (socket.terminate === undefined) socket.close()
  else socket.terminate()
}
