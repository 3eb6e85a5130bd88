import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError, messageOf } from '@breakwater/kernel'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'

export interface Server {
  url: string
  /** Ends open connections, event streams included. */
  close(): Promise<void>
}

/** A request is a line and a few headers: nobody needs long for it, or much of them. */
const LIMITS = { requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384 }
const MAX_CONNECTIONS = 256

/** @throws NODE_LISTEN when the port is taken or not allowed. Port 0 takes a free one. */
export function startServer(app: Hono, host: string, port: number): Promise<Server> {
  const server = createServer(LIMITS, getRequestListener(app.fetch))
  server.maxConnections = MAX_CONNECTIONS
  return new Promise((resolve, reject) => {
    server.on('error', (cause) => {
      reject(
        new BaseError('NODE_LISTEN', `cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
          hint: 'choose another http.port in guardian.yaml, or 0 for any free one',
          cause,
        }),
      )
    })
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done())
            server.closeAllConnections()
          }),
      })
    })
  })
}
