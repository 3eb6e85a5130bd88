import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError, messageOf } from '@breakwater/kernel'

/** What a node says to one request. */
export type Answer = { result: unknown } | { error: { code: number; message: string } }

/** Returns what is answered instead of the truth. */
export type Lie = (method: string, params: readonly unknown[], answer: Answer) => Answer

/**
 * What happens to every request:
 * - `pass`: it is forwarded, and `lie` applies
 * - `delay`: the same, answered `delayMs` later
 * - `hang`: it is never answered
 * - `truncate`: the answer stops in the middle
 * - `status`: an HTTP status with an HTML page
 * - `drop`: the connection is cut
 */
export type Mode =
  | { kind: 'pass' | 'hang' | 'truncate' | 'drop' }
  | { kind: 'delay'; delayMs: number }
  | { kind: 'status'; status: number }

/** A JSON-RPC provider that cannot be trusted: forwards to a node over HTTP and does to the answers what it is told. */
export interface LyingProxy {
  url: string
  port: number
  /** Can be changed at any time; `null` tells the truth. */
  lie: Lie | null
  mode: Mode
  stop(): Promise<void>
}

interface Call {
  id: unknown
  method: string
  params?: readonly unknown[]
}

/** Listens on loopback; `targetUrl` is the honest node. */
export async function startLyingProxy(targetUrl: string, port = 0): Promise<LyingProxy> {
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' })
      response.end(messageOf(error))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo
  const proxy: LyingProxy = {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    lie: null,
    mode: { kind: 'pass' },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return proxy

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const calls = JSON.parse(await bodyOf(request)) as Call | Call[]
    const { mode } = proxy
    if (mode.kind === 'hang') return
    if (mode.kind === 'drop') return void request.socket.destroy()
    if (mode.kind === 'status') {
      response.writeHead(mode.status, { 'content-type': 'text/html' })
      return void response.end(`<html><body><h1>${mode.status}</h1></body></html>`)
    }
    const answer = Array.isArray(calls) ? await Promise.all(calls.map(answerTo)) : await answerTo(calls)
    if (mode.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, mode.delayMs))
    const body = JSON.stringify(answer)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(mode.kind === 'truncate' ? body.slice(0, Math.floor(body.length / 2)) : body)
  }

  async function answerTo(call: Call): Promise<object> {
    const truth = await forward(targetUrl, call)
    const answer = proxy.lie === null ? truth : proxy.lie(call.method, call.params ?? [], truth)
    return { jsonrpc: '2.0', id: call.id, ...answer }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  request.setEncoding('utf8')
  for await (const chunk of request) body += chunk
  return body
}

async function forward(targetUrl: string, call: Call): Promise<Answer> {
  const response = await fetch(targetUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', ...call }),
  })
  const answer = (await response.json()) as { result?: unknown; error?: { code: number; message: string } }
  if (answer.error !== undefined) return { error: answer.error }
  if (answer.result === undefined) {
    throw new BaseError('DEVCHAIN_NO_ANSWER', `the node behind the proxy gave no result to ${call.method}`)
  }
  return { result: answer.result }
}
