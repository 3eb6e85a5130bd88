import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const BIN = fileURLToPath(new URL('../bin/breakwater.mjs', import.meta.url))

interface Run {
  child: ChildProcess
  out(): string
  err(): string
  /** Resolves when stdout shows this. */
  shows(pattern: RegExp): Promise<RegExpExecArray>
  exit: Promise<number | null>
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breakwater-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The command as a user runs it, from a folder of his own. */
function breakwater(...args: string[]): Run {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  })
  let [out, err] = ['', '']
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk) => {
    out += chunk
    for (const look of waiting) look()
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    ...{ child, exit },
    out: () => out,
    err: () => err,
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(out)
          if (match === null) return
          waiting.delete(look)
          resolve(match)
        }
        waiting.add(look)
        look()
        void exit.then((code) => reject(new Error(`ended with ${code} before ${pattern}: ${out}${err}`)))
      }),
  }
}

const answers = async (url: string): Promise<boolean> =>
  fetch(url, { method: 'POST', body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}' }).then(
    (response) => response.ok,
    () => false,
  )

describe('breakwater', () => {
  it('explains itself, and says what is wrong with a call', async () => {
    const help = breakwater('--help')
    expect(await help.exit).toBe(0)
    expect(help.out()).toMatch(/devnet[\s\S]*guard[\s\S]*drill[\s\S]*bench/)
    const wrong = breakwater('drill', 'run', 'nothing')
    expect(await wrong.exit).toBe(2)
    expect(wrong.err()).toMatch(/there is no drill "nothing"[\s\S]*feed-hijack/)
    const nonsense = breakwater('dirll')
    expect(await nonsense.exit).toBe(2)
    expect(nonsense.err()).toMatch(/unknown command/)
    const lines = breakwater('drill', 'list', '--json')
    expect(await lines.exit).toBe(0)
    expect(
      lines
        .out()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).drill),
    ).toContain('books-broken')
  })
})

describe('breakwater devnet', () => {
  it('shows a protected market, stops an attack on a key, and leaves nothing behind after Ctrl-C', async () => {
    const run = breakwater('devnet', '--port', '0', '--block-ms', '300')
    const [, url = ''] = await run.shows(/RPC\s+(http:\S+)/)
    const [, specPath = ''] = await run.shows(/spec\s+(\S+)/)
    await run.shows(/keys: 1 feed hijack/)
    expect(await answers(url)).toBe(true)
    expect(await readFile(join(folder, specPath), 'utf8')).toContain('protocol: { name: Harbor')
    run.child.stdin?.write('3\n')
    await run.shows(/books-broken is launched/)
    await run.shows(/opened: .*claims/)
    await run.shows(/pause-perps: executed/)
    await run.shows(/attack books-broken: braked/)
    run.child.kill('SIGINT')
    expect(await run.exit).toBe(0)
    expect(await answers(url)).toBe(false)
  })

  it('runs twice side by side', async () => {
    const runs = [breakwater('devnet', '--block-ms', '300'), breakwater('devnet', '--block-ms', '300')]
    const urls = await Promise.all(runs.map(async (run) => (await run.shows(/RPC\s+(http:\S+)/))[1] ?? ''))
    expect(new Set(urls).size).toBe(2)
    expect(await Promise.all(urls.map(answers))).toEqual([true, true])
    for (const run of runs) run.child.kill('SIGTERM')
    expect(await Promise.all(runs.map(({ exit }) => exit))).toEqual([0, 0])
    expect(await Promise.all(urls.map(answers))).toEqual([false, false])
  })

  it('takes the chain with it when it is killed', async () => {
    const run = breakwater('devnet', '--port', '0', '--block-ms', '300')
    const [, url = ''] = await run.shows(/RPC\s+(http:\S+)/)
    run.child.kill('SIGKILL')
    await run.exit
    const deadlineMs = Date.now() + 10_000
    while ((await answers(url)) && Date.now() < deadlineMs) await new Promise(setImmediate)
    expect(await answers(url)).toBe(false)
  })
})

describe('breakwater guard', () => {
  it('observes a protocol of its own with nothing but a specification and a provider', async () => {
    const devnet = breakwater('devnet', '--port', '0', '--block-ms', '300', '--launch', 'books-broken')
    const [, url = ''] = await devnet.shows(/RPC\s+(http:\S+)/)
    const [, specPath = ''] = await devnet.shows(/spec\s+(\S+)/)
    const guard = breakwater('guard', '--spec', specPath, '--rpc', url, '--port', '0')
    const [, http = ''] = await guard.shows(/HTTP\s+(http:\S+)/)
    await guard.shows(/opened: .*claims/)
    const status = await (await fetch(`${http}/status`)).json()
    expect(status).toMatchObject({ mode: 'observe', protocol: 'Harbor', chainId: '31337' })
    guard.child.kill('SIGINT')
    expect(await guard.exit).toBe(0)
    devnet.child.kill('SIGINT')
    expect(await devnet.exit).toBe(0)
  })

  it.each([
    ['no specification', ['guard'], 2, /neither --config nor --spec/],
    ['a file that is not there', ['guard', '--config', 'none.yaml'], 2, /none\.yaml/],
    ['no provider', ['guard', '--spec', 'x.yaml'], 2, /no RPC provider/],
  ])('with %s ends with a reason and a way out', async (_what, args, code, reason) => {
    const run = breakwater(...args)
    expect(await run.exit).toBe(code)
    expect(run.err()).toMatch(reason)
    expect(run.err()).toMatch(/hint/)
  })
})
