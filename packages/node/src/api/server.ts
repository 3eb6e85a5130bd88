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

/** @throws NODE_LISTEN when the port is taken or not allowed. Port 0 takes a free one. */
export function startServer(app: Hono, host: string, port: number): Promise<Server> {
  const server = createServer(getRequestListener(app.fetch))
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
