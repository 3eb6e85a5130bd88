import { BaseError, isHex, shorten } from '@breakwater/kernel'
import type { RpcAddress } from './address.ts'

/** The errors of one provider: named, with the provider's label, without its secrets. */
export interface RpcErrors {
  timeout(method: string, timeoutMs: number): BaseError
  unreachable(method: string, reason: string): BaseError
  status(method: string, status: number): BaseError
  malformed(method: string, reason: string): BaseError
  tooLarge(method: string, maxBytes: number): BaseError
  closed(method: string): BaseError
  /** The node's own error answer; `data` is what a revert carries. */
  refused(method: string, code: number, message: string, data: unknown): BaseError
}

/** Errors of JSON-RPC 2.0 that the same request meets again: malformed, unknown method, wrong parameters. */
const LASTING = new Set([-32700, -32600, -32601, -32602])

export function rpcErrors({ label, redact }: Pick<RpcAddress, 'label' | 'redact'>): RpcErrors {
  const error = (code: string, method: string, reason: string, retry: 'later' | 'never', more = {}) =>
    new BaseError(code, redact(`${label}: ${method} ${reason}`), {
      meta: { provider: label, method, ...more },
      retry,
    })
  return {
    timeout: (method, timeoutMs) =>
      error('CHAIN_RPC_TIMEOUT', method, `was not answered within ${timeoutMs} ms`, 'later'),
    unreachable: (method, reason) =>
      error('CHAIN_RPC_UNREACHABLE', method, `got no connection: ${reason}`, 'later'),
    status: (method, status) =>
      error('CHAIN_RPC_HTTP', method, `got HTTP status ${status}`, isLasting(status) ? 'never' : 'later', {
        status,
      }),
    malformed: (method, reason) =>
      error('CHAIN_RPC_MALFORMED', method, `got a malformed answer: ${reason}`, 'later'),
    tooLarge: (method, maxBytes) =>
      error('CHAIN_RPC_TOO_LARGE', method, `got an answer of more than ${maxBytes} bytes`, 'never'),
    closed: (method) => error('CHAIN_RPC_CLOSED', method, 'ended: the connection was closed', 'never'),
    refused: (method, code, message, data) =>
      error(
        'CHAIN_RPC_ERROR',
        method,
        `got error ${code}: ${shorten(message, 300)}`,
        LASTING.has(code) ? 'never' : 'later',
        { nodeCode: code, nodeMessage: redact(shorten(message, 300)), nodeData: revertData(data) },
      ),
  }
}

/** A revert's data, if it is short enough to be an error of a contract. */
function revertData(data: unknown): string | null {
  return isHex(data) && data.length <= 2 + 2 * 1024 ? data : null
}

/** 4xx lasts, but for a timeout (408), too early (425) and too many requests (429). */
function isLasting(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status)
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws CHAIN_RPC_MALFORMED for anything but JSON. */
export function parseJson(text: string, method: string, errors: RpcErrors): unknown {
  if (text.trim() === '') throw errors.malformed(method, 'it is empty')
  try {
    return JSON.parse(text)
  } catch {
    throw errors.malformed(method, `it is not JSON: "${shorten(text.replace(/\s+/g, ' '), 60)}"`)
  }
}

/** The result in a JSON-RPC 2.0 response object to the request `id`. */
export function resultOf(answer: unknown, id: number, method: string, errors: RpcErrors): unknown {
  if (!isObject(answer)) throw errors.malformed(method, 'it is not an object')
  const { error, result } = answer
  // A request that the node could not even read is answered with the id null.
  if (answer.id !== id && !(answer.id === null && isObject(error))) {
    throw errors.malformed(
      method,
      `it has the id ${shorten(JSON.stringify(answer.id) ?? 'none', 40)}, not ${id}`,
    )
  }
  if (error !== undefined && error !== null) {
    if (!isObject(error) || typeof error.code !== 'number' || typeof error.message !== 'string') {
      throw errors.malformed(method, 'its error has no code and message')
    }
    throw errors.refused(method, error.code, error.message, error.data)
  }
  if (result === undefined) throw errors.malformed(method, 'it has neither result nor error')
  return result
}
