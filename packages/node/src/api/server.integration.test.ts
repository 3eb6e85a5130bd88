import { connect } from 'node:net'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { afterEach, describe, expect, it } from 'vitest'
import { type Server, startServer } from './server.ts'

describe('the HTTP server', () => {
  const servers: Server[] = []
  const start = async () => {
    const app = new Hono()
      .get('/', (c) => c.text('here'))
      .get('/stream', (c) =>
        streamSSE(c, async (stream) => {
          await stream.writeSSE({ data: 'first' })
          await new Promise<void>((resolve) => stream.onAbort(resolve))
        }),
      )
    const server = await startServer(app, '127.0.0.1', 0)
    servers.push(server)
    return server
  }
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

  it('takes a free port, and says which', async () => {
    const [one, other] = [await start(), await start()]
    expect(one.url).not.toBe(other.url)
    expect(await (await fetch(one.url)).text()).toBe('here')
  })

  it('says that a port is taken, and what to do', async () => {
    const { url } = await start()
    const port = Number(new URL(url).port)
    await expect(startServer(new Hono(), '127.0.0.1', port)).rejects.toMatchObject({
      code: 'NODE_LISTEN',
      message: expect.stringContaining(`127.0.0.1:${port}`),
      hint: expect.stringContaining('http.port'),
    })
  })

  it('ends open streams when it closes, and leaves no port behind', async () => {
    const server = await start()
    const response = await fetch(`${server.url}/stream`)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await server.close()
    await expect(reader.read()).rejects.toThrow()
    await expect(fetch(server.url)).rejects.toThrow('fetch failed')
  })

  it('refuses headers without end', async () => {
    const { url } = await start()
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write(`GET / HTTP/1.1\r\nHost: here\r\nX-Long: ${'x'.repeat(20_000)}`)
      })
      socket.once('data', (data) => resolve(String(data)))
      socket.once('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  })
})
