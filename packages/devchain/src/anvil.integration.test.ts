import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { startAnvil } from './anvil.ts'

async function request(url: string, method: string, params: unknown[] = []): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return ((await response.json()) as { result: unknown }).result
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
  })
}

async function untilClosed(port: number, deadlineMs = 10_000): Promise<void> {
  const end = Date.now() + deadlineMs
  while (await isListening(port)) {
    if (Date.now() > end) throw new Error(`port ${port} is still open after ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('startAnvil', () => {
  test('two nodes run side by side, each with its chain id, and leave no port behind', async () => {
    const [one, two] = await Promise.all([startAnvil(), startAnvil({ chainId: 7 })])
    expect(await request(one.url, 'eth_chainId')).toBe('0x7a69')
    expect(await request(two.url, 'eth_chainId')).toBe('0x7')
    expect(one.port).not.toBe(two.port)
    await Promise.all([one.stop(), two.stop()])
    await one.stop()
    expect(await isListening(one.port)).toBe(false)
    expect(await isListening(two.port)).toBe(false)
  })

  test('mines blocks by itself and starts at the given time', async () => {
    const anvil = await startAnvil({ timestampSeconds: 1_760_000_000, blockTimeSeconds: 1 })
    const genesis = (await request(anvil.url, 'eth_getBlockByNumber', ['0x0', false])) as {
      timestamp: string
    }
    expect(Number(genesis.timestamp)).toBe(1_760_000_000)
    await anvil.stop()
  })

  test('keeps the state of as many blocks as it is told', async () => {
    const anvil = await startAnvil({ statesKept: 3 })
    await request(anvil.url, 'anvil_mine', ['0xa'])
    const balance = (block: string) => request(anvil.url, 'eth_getBalance', [`0x${'00'.repeat(20)}`, block])
    expect(await balance('0x9')).toBe('0x0')
    expect(await balance('0x2')).toBeUndefined()
    await anvil.stop()
  })

  test('stops when its signal aborts, during the start too', async () => {
    const controller = new AbortController()
    const anvil = await startAnvil({ signal: controller.signal })
    controller.abort()
    await anvil.exited
    expect(await isListening(anvil.port)).toBe(false)

    const early = new AbortController()
    const starting = startAnvil({ signal: early.signal })
    early.abort()
    await expect(starting).rejects.toThrow('aborted')
  })

  test('says why it does not start', async () => {
    await expect(startAnvil({ args: ['--no-such-option'] })).rejects.toMatchObject({
      code: 'DEVCHAIN_ANVIL_FAILED',
      message: expect.stringContaining('--no-such-option'),
    })
  })

  test('says that somebody else has its port', async () => {
    const first = await startAnvil()
    await expect(startAnvil({ port: first.port })).rejects.toMatchObject({ code: 'DEVCHAIN_PORT_TAKEN' })
    await first.stop()
  })

  test('does not outlive a process that was killed', async () => {
    const module = fileURLToPath(new URL('./anvil.ts', import.meta.url))
    const script = `import { startAnvil } from ${JSON.stringify(module)}
      const { port } = await startAnvil()
      process.stdout.write(port + '\\n')`
    const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(owner.stdout, 'data')) as [Buffer]
    const port = Number(line.toString())
    expect(await isListening(port)).toBe(true)
    owner.kill('SIGKILL')
    await untilClosed(port)
  })
})
