import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashPublicKey } from './certificate.ts'
import { openTransportKey } from './transportKey.ts'

describe('the key of the transport', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-key-'))
    path = join(folder, 'transport.key')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const refused = () =>
    openTransportKey(folder).then(
      () => null,
      (error) => error,
    )

  it('is made once, for its owner only, and kept', async () => {
    const key = await openTransportKey(folder)
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(hashPublicKey(await openTransportKey(folder))).toBe(hashPublicKey(key))
    expect(await readdir(folder)).toEqual(['transport.key'])
  })

  it('is made anew when a first attempt was interrupted', async () => {
    await writeFile(`${path}.part`, 'half')
    await openTransportKey(folder)
    expect(await readdir(folder)).toEqual(['transport.key'])
  })

  it.skipIf(process.platform === 'win32')('is not used when others can read it', async () => {
    await openTransportKey(folder)
    await chmod(path, 0o640)
    expect(await refused()).toMatchObject({
      code: 'NODE_TRANSPORT_KEY',
      hint: expect.stringContaining('chmod'),
    })
  })

  it('is refused when it is something else, and not shown', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const text = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const content of [text, 'secret words', '']) {
      await writeFile(path, content, { mode: 0o600 })
      const error = await refused()
      expect(error).toMatchObject({ code: 'NODE_TRANSPORT_KEY', meta: { path } })
      expect(JSON.stringify(error)).not.toContain('secret')
      expect(await readFile(path, 'utf8')).toBe(content)
    }
  })

  it('cannot be made where there is no folder, and the error says so', async () => {
    folder = join(folder, 'missing')
    expect(await refused()).toMatchObject({
      code: 'NODE_TRANSPORT_KEY',
      message: expect.stringContaining('cannot be written'),
    })
  })
})
