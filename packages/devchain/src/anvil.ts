import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { BaseError, messageOf } from '@breakwater/kernel'

export interface AnvilOptions {
  /** Default 31337. */
  chainId?: number
  /** Seconds between blocks; without it each transaction is mined at once, alone in its block. */
  blockTimeSeconds?: number
  /** Timestamp of the first block, seconds since 1970. Default: now. */
  timestampSeconds?: number
  /**
   * Blocks whose state can be read. Default 128, as on a full node. Each costs memory that grows with the chain's
   * length; anvil's own default fills the disk as well, and leaves it filled.
   */
  statesKept?: number
  /** Default 0: a free port. */
  port?: number
  /** Further arguments of anvil's command line. */
  args?: readonly string[]
  /** Stops the node when it aborts. */
  signal?: AbortSignal
}

/** A running Ethereum node of one's own. */
export interface Anvil {
  url: string
  wsUrl: string
  port: number
  pid: number
  /** Resolves when the process has ended, whoever ended it. */
  exited: Promise<void>
  /** Ends the process and resolves when it is gone. Can be called again. */
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 20_000
const LISTENING = /Listening on [\d.]+:(\d+)/

/**
 * Starts anvil, a real EVM node, on loopback and resolves when it answers.
 *
 * It never outlives this process: not after an exit, not after a crash, and not after SIGKILL (POSIX). It runs in a
 * process group of its own, so that Ctrl-C reaches its owner alone, who can stop what depends on it first.
 *
 * @throws DEVCHAIN_ANVIL_MISSING when there is no anvil for this platform, DEVCHAIN_PORT_TAKEN when somebody else has the
 * port, DEVCHAIN_ANVIL_FAILED when it does not start for another reason.
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  options.signal?.throwIfAborted()
  const child = spawn(anvilBinary(), argumentsOf(options), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const releaseGuard = guardAgainstOrphan(child)
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  const onAbort = () => void stop()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const exited = ended.then(() => {
    options.signal?.removeEventListener('abort', onAbort)
    releaseGuard()
  })
  try {
    const port = await listeningPort(child)
    const url = `http://127.0.0.1:${port}`
    await silence(url)
    return { url, wsUrl: `ws://127.0.0.1:${port}`, port, pid: child.pid ?? 0, exited, stop }
  } catch (error) {
    await stop()
    options.signal?.throwIfAborted()
    throw error
  }
}

function argumentsOf(options: AnvilOptions): string[] {
  const {
    chainId = 31337,
    blockTimeSeconds,
    timestampSeconds,
    statesKept = 128,
    port = 0,
    args = [],
  } = options
  return [
    ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId)],
    ...['--prune-history', String(statesKept)],
    ...(blockTimeSeconds === undefined ? [] : ['--block-time', String(blockTimeSeconds)]),
    ...(timestampSeconds === undefined ? [] : ['--timestamp', String(timestampSeconds)]),
    ...args,
  ]
}

/** The platform's own binary: the npm wrapper, when killed, leaves the node behind. */
function anvilBinary(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
    const manifest = createRequire(wrapper).resolve(`${name}/package.json`)
    const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
    return join(manifest, '..', 'bin', file)
  } catch (cause) {
    throw new BaseError('DEVCHAIN_ANVIL_MISSING', `${name} is not installed`, {
      hint: 'run "npm ci" with optional dependencies; anvil exists for linux and darwin (x64, arm64) and win32 (x64)',
      cause,
    })
  }
}

const TAKEN = /address already in use/i

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = ''
    const fail = (reason: string, cause?: unknown) => {
      clearTimeout(timer)
      const tail = output.trim().slice(-400)
      const text = `anvil ${reason}${tail === '' ? '' : `: ${tail}`}`
      if (TAKEN.test(tail)) {
        reject(
          new BaseError('DEVCHAIN_PORT_TAKEN', text, { hint: 'choose another port, or 0 for a free one' }),
        )
      } else {
        reject(new BaseError('DEVCHAIN_ANVIL_FAILED', text, { cause }))
      }
    }
    const timer = setTimeout(() => fail(`did not listen within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS)
    child.once('error', (error) => fail(`could not be started: ${messageOf(error)}`, error))
    // Not at 'exit', which comes before the last of what it said.
    child.once('close', (code, signal) => fail(`ended with ${signal ?? `exit code ${code}`}`))
    child.stderr?.on('data', (chunk) => {
      output += chunk
    })
    const onData = (chunk: unknown) => {
      output += chunk
      const port = LISTENING.exec(output)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      child.stdout?.off('data', onData)
      child.stdout?.resume() // unread output would stop the node
      resolve(Number(port))
    }
    child.stdout?.on('data', onData)
  })
}

/** A line for each request is work for the node and for us, and nobody reads it. */
async function silence(url: string): Promise<void> {
  const request = { jsonrpc: '2.0', id: 1, method: 'anvil_setLoggingEnabled', params: [false] }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  })
  await response.text()
}

/** Ends the node when this process ends, however it ends. */
function guardAgainstOrphan(child: ChildProcess): () => void {
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const reaper =
    process.platform === 'win32' || child.pid === undefined
      ? undefined
      : // Its standard input ends when we do, even by SIGKILL, which leaves us no time to act.
        spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$0"', String(child.pid)], {
          stdio: ['pipe', 'ignore', 'ignore'],
          detached: true,
        })
  reaper?.on('error', () => {}) // without a shell the exit handler is what remains
  reaper?.stdin?.on('error', () => {})
  reaper?.unref()
  return () => {
    process.off('exit', kill)
    reaper?.kill('SIGKILL')
    reaper?.stdin?.destroy()
  }
}
