import { BaseError } from '@breakwater/kernel'
import { onAbort } from './abort.ts'
import type { RpcAddress } from './address.ts'
import { parseJson, type RpcErrors, resultOf, rpcErrors } from './answer.ts'
import { DEFAULT_RPC_OPTIONS, type Rpc, type RpcOptions } from './rpc.ts'

/** JSON-RPC over HTTP, one request a call, connections kept alive, no redirects followed. */
export function createHttpRpc(address: RpcAddress, options: RpcOptions = DEFAULT_RPC_OPTIONS): Rpc {
  const errors = rpcErrors(address)
  const underWay = new Set<() => void>()
  let isClosed = false
  const headers = {
    'content-type': 'application/json',
    ...(address.authorization === null ? {} : { authorization: address.authorization }),
  }
  let lastId = 0
  return {
    label: address.label,
    async request(method, params, signal) {
      signal?.throwIfAborted()
      const id = ++lastId
      const ending = new AbortController()
      const stop = () => ending.abort()
      const timer = setTimeout(stop, options.timeoutMs)
      const forget = onAbort(signal, stop)
      underWay.add(stop)
      try {
        if (isClosed) throw errors.closed(method)
        const response = await fetch(address.url, {
          method: 'POST',
          headers,
          body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
          redirect: 'error',
          signal: ending.signal,
        })
        const text = await readBody(response, method, options.maxAnswerBytes, errors)
        return readAnswer(response, text, id, method, errors)
      } catch (error) {
        signal?.throwIfAborted()
        if (isClosed) throw errors.closed(method)
        if (ending.signal.aborted) throw errors.timeout(method, options.timeoutMs)
        throw error instanceof BaseError ? error : errors.unreachable(method, reasonOf(error))
      } finally {
        clearTimeout(timer)
        forget()
        underWay.delete(stop)
      }
    },
    close() {
      isClosed = true
      for (const stop of underWay) stop()
    },
  }
}

function readAnswer(
  response: Response,
  text: string,
  id: number,
  method: string,
  errors: RpcErrors,
): unknown {
  if (response.ok) return resultOf(parseJson(text, method, errors), id, method, errors)
  try {
    resultOf(parseJson(text, method, errors), id, method, errors)
  } catch (error) {
    // Some nodes give their error answer a status that says so too; the answer says more.
    if (error instanceof BaseError && error.code === 'CHAIN_RPC_ERROR') throw error
  }
  throw errors.status(method, response.status)
}

async function readBody(response: Response, method: string, maxBytes: number, errors: RpcErrors) {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let [text, length] = ['', 0]
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > maxBytes) throw errors.tooLarge(method, maxBytes)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** `fetch` says only that it failed; its cause knows why. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string }
  return cause?.code ?? cause?.message ?? message ?? 'unknown reason'
}
