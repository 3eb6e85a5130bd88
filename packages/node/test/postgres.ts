/** A PostgreSQL server of one's own: Debian's binaries, a throw-away cluster, a socket in its own folder and no port. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

export interface Postgres {
  url: string
  /** Ends the server as a crash would (its data stays), and starts it again on the same data. */
  crash(): Promise<void>
  restart(): Promise<void>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

const OLDEST = 15
const DEBIAN = '/usr/lib/postgresql'
const START_TIMEOUT_MS = 30_000

/** The folder of `initdb` and `postgres`, of the newest version that there is; `null` without one. */
export const postgresBin: string | null = findBin()

function findBin(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number) : []
  const debian = versions.filter((version) => version >= OLDEST).sort((a, b) => b - a)
  const folders = [
    ...debian.map((version) => join(DEBIAN, String(version), 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  const found = folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  )
  return found !== undefined && versionOf(found) >= OLDEST ? found : null
}

function versionOf(bin: string): number {
  return Number(/(\d+)/.exec(execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[1])
}

/** PostgreSQL refuses to run as root: then it runs as its own user, or as nobody. */
function userIds(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const id = (flag: string, user: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }))
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: id('-u', user), gid: id('-g', user) }
    } catch {}
  }
  return null
}

/** Never outlives this process, not even after SIGKILL; then its folder goes too. */
export async function startPostgres(): Promise<Postgres> {
  if (postgresBin === null) throw new Error(`no PostgreSQL ${OLDEST} or later is installed`)
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-postgres-'))
  const ids = userIds()
  if (ids !== null) chownSync(folder, ids.uid, ids.gid)
  const data = join(folder, 'data')
  const options = { ...ids, cwd: folder }
  const words = ['-D', data, '-U', 'breakwater', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  await promisify(execFile)(join(postgresBin, 'initdb'), words, options)
  let server = await startServer(join(postgresBin, 'postgres'), data, folder, options)
  return {
    url: `postgres://breakwater@${encodeURIComponent(folder)}/postgres`,
    crash: () => server.end('SIGQUIT'),
    async restart() {
      server = await startServer(join(postgresBin ?? '', 'postgres'), data, folder, options)
    },
    async stop() {
      await server.end('SIGINT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Server {
  end(signal: NodeJS.Signals): Promise<void>
}

async function startServer(program: string, data: string, folder: string, options: object): Promise<Server> {
  // What a test stores need not survive a power cut; everything else is as in production.
  const settings = ['listen_addresses=', 'fsync=off', 'shared_buffers=16MB', 'max_connections=40']
  const child = spawn(program, ['-D', data, '-k', folder, ...settings.flatMap((each) => ['-c', each])], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const release = guardAgainstOrphan(child, folder)
  try {
    await isReady(child)
  } catch (error) {
    release()
    throw error
  }
  return {
    async end(signal) {
      child.kill(signal)
      await ended
      release()
    },
  }
}

function isReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (reason: string) => {
      clearTimeout(timer)
      child.kill('SIGQUIT')
      reject(new Error(`PostgreSQL ${reason}: ${said.slice(-500)}`))
    }
    const timer = setTimeout(() => fail('is not ready in time'), START_TIMEOUT_MS)
    child.once('error', (error) => fail(error.message))
    child.once('close', () => fail('ended'))
    child.stderr?.on('data', (chunk) => {
      said = (said + chunk).slice(-2000)
      if (!said.includes('ready to accept connections')) return
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Its standard input ends when this process does, however it ends. SIGQUIT is PostgreSQL's immediate shutdown. */
function guardAgainstOrphan(child: ChildProcess, folder: string): () => void {
  const kill = () => child.kill('SIGQUIT')
  process.once('exit', kill)
  const script = 'read -r _; kill -QUIT "$0"; rm -rf -- "$1"'
  const reaper = spawn('/bin/sh', ['-c', script, String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  reaper.on('error', () => {})
  reaper.stdin.on('error', () => {})
  reaper.unref()
  return () => {
    process.off('exit', kill)
    reaper.kill('SIGKILL')
    reaper.stdin.destroy()
  }
}
