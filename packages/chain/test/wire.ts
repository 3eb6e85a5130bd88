import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Carries bytes to a node, until told otherwise. */
export interface Wire {
  url: string
  cut(): void
  /** Lets nothing through any more, without closing anything. */
  freeze(): void
  thaw(): void
  close(): void
}

export async function layWire(port: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => to.write(bytes))
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.on('error', () => from.destroy())
      if (frozen) from.pause()
    }
  })
  let frozen = false
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const wire: Wire = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => sockets.forEach((socket) => void socket.destroy()),
    freeze() {
      frozen = true
      sockets.forEach((socket) => void socket.pause())
    },
    thaw() {
      frozen = false
    },
    close() {
      wire.cut()
      server.close()
    },
  }
  return wire
}
