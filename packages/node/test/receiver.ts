import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Told {
  key: string
  type: string
  [field: string]: unknown
}

/** Somebody who is told by webhook. */
export interface Receiver {
  url: string
  told: Told[]
  /** What it answers. */
  status: number
  stop(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    if (receiver.status === 200) {
      receiver.told.push({ key: String(request.headers['idempotency-key']), ...JSON.parse(body) })
    }
    response.writeHead(receiver.status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    told: [],
    status: 200,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}
