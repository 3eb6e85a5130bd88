import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { createLocalSigner, decryptKeystore } from '@breakwater/keys'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Run, run } from '../../test/recorder.ts'
import { EXIT, exitCodeOf, type Terminal } from '../terminal.ts'
import { keysCommand } from './keys.ts'
import { type Input, PASSWORD_VARIABLE } from './password.ts'

const KEY = '0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318'
const ADDRESS = '0x2c7536e3605d9c16a7a3d7b1898e529396a65c23'
const PASSWORD = 'a long and private sentence'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breakwater-keys-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => {
  delete process.env[PASSWORD_VARIABLE]
})

const keys = (input: string, ...argv: string[]) =>
  run((terminal) => keysCommand(terminal, Readable.from([input])), ...argv)

/** Somebody at a terminal: each prompt is answered by the next line. */
function typing(...answers: readonly string[]) {
  const input: Input & PassThrough = Object.assign(new PassThrough(), { isTTY: true })
  const left = [...answers]
  return (terminal: Terminal) => {
    const progress = (line: string) => {
      terminal.progress(line)
      const answer = left.shift()
      // The prompt is shown before the answer is waited for.
      setImmediate(() => (answer === undefined ? input.end() : input.write(answer)))
    }
    return keysCommand({ ...terminal, progress }, input)
  }
}

function expectNoSecret({ out, notes, error }: Run): void {
  const all = `${out}\n${notes}\n${String(error)}\n${JSON.stringify(error)}`
  expect(all).not.toContain(KEY.slice(2))
  expect(all).not.toContain(PASSWORD)
}

describe('keys', () => {
  it('makes a key that only its owner can read and the password opens', async () => {
    process.env[PASSWORD_VARIABLE] = PASSWORD
    const file = join(folder, 'new.json')
    const made = await keys('', 'new', '--out', file)
    expect(made.error).toBeNull()
    const keystore = await readFile(file, 'utf8')
    const { address } = createLocalSigner(decryptKeystore(keystore, PASSWORD))
    expect(made.out).toBe(address)
    expectNoSecret(made)
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)

    const again = await keys('', 'new', '--out', file)
    expect(exitCodeOf(again.error)).toBe(EXIT.usage)
    expect(String(again.error)).toContain('is there already')
    expect(await readFile(file, 'utf8')).toBe(keystore)

    delete process.env[PASSWORD_VARIABLE]
    expect((await keys('', 'address', file, '--json')).json).toEqual([{ file, address }])
  })

  it('imports a key from stdin, and tells its address with the password where the file does not', async () => {
    const [file, passwordFile] = [join(folder, 'imported.json'), join(folder, 'password')]
    await writeFile(passwordFile, `${PASSWORD}\n`)
    const argv = ['--out', file, '--password-file', passwordFile]
    const imported = await keys(`${KEY}\n`, 'import', ...argv, '--json')
    expect(imported.json).toEqual([{ file, address: ADDRESS }])
    expectNoSecret(imported)

    const { address: _stated, ...silent } = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(join(folder, 'silent.json'), JSON.stringify(silent))
    const found = await keys('', 'address', join(folder, 'silent.json'), '--password-file', passwordFile)
    expect(found.out).toBe(ADDRESS)
    process.env[PASSWORD_VARIABLE] = 'another'
    const refused = await keys('', 'address', join(folder, 'silent.json'))
    expect(refused.error).toMatchObject({ code: 'KEYS_PASSWORD' })
  })

  it('asks at a terminal, twice for a new password, and shows nothing of it', async () => {
    const file = join(folder, 'typed.json')
    const made = await run(typing(`${KEY}\r`, `${PASSWORD}\r`, `${PASSWORD}\r`), 'import', '--out', file)
    expect(made.error).toBeNull()
    expect(made.out).toBe(ADDRESS)
    expectNoSecret(made)

    const other = join(folder, 'differs.json')
    const differs = await run(typing(`${PASSWORD}\r`, 'something else\r'), 'new', '--out', other)
    expect(String(differs.error)).toContain('the two passwords differ')
    expectNoSecret(differs)
    await expect(stat(other)).rejects.toThrow('ENOENT')
  })

  it('ends when whoever was asked interrupts or hangs up', async () => {
    const interrupted = await run(typing('\u0003'), 'new', '--out', join(folder, 'none.json'))
    expect(exitCodeOf(interrupted.error)).toBe(EXIT.later)
    const ended = await run(typing(), 'new', '--out', join(folder, 'none.json'))
    expect(exitCodeOf(ended.error)).toBe(EXIT.usage)
  })

  it.each([
    ['no password at all', 'new', '', /there is no password/],
    ['a key that is too short', 'import', KEY.slice(0, -2), /62 characters where 64/],
    ['a key that is no number', 'import', `${KEY.slice(0, -1)}g`, /no private key/],
    ['the key 0', 'import', `0x${'00'.repeat(32)}`, /is 0 or not below the order/],
  ])('refuses %s without repeating it', async (_what, command, input, reason) => {
    if (command === 'import') process.env[PASSWORD_VARIABLE] = PASSWORD
    const refused = await keys(input, command, '--out', join(folder, 'refused.json'))
    expect(exitCodeOf(refused.error)).toBe(EXIT.usage)
    expect(String(refused.error)).toMatch(reason)
    expectNoSecret(refused)
    await expect(stat(join(folder, 'refused.json'))).rejects.toThrow('ENOENT')
  })

  it('refuses an empty password, a place that is not there, and what is no keystore', async () => {
    process.env[PASSWORD_VARIABLE] = ''
    const empty = await keys('', 'new', '--out', join(folder, 'empty.json'))
    expect(String(empty.error)).toContain('the password is empty')
    process.env[PASSWORD_VARIABLE] = PASSWORD
    const nowhere = await keys('', 'new', '--out', join(folder, 'no', 'where.json'))
    expect(exitCodeOf(nowhere.error)).toBe(EXIT.usage)
    await writeFile(join(folder, 'bare'), KEY)
    const bare = await keys('', 'address', join(folder, 'bare'))
    expect(exitCodeOf(bare.error)).toBe(EXIT.usage)
    expectNoSecret(bare)
    await writeFile(join(folder, 'other.json'), '{"version":3}')
    const other = await keys('', 'address', join(folder, 'other.json'))
    expect(other.error).toMatchObject({ code: 'KEYS_KEYSTORE' })
  })
})
