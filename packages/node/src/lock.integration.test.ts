import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from './lock.ts'

describe('lock', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-lock-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is held by one at a time, and free again when released', async () => {
    const release = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'NODE_LOCKED', retry: 'later' })
    await release()
    await (await lockFolder(folder))()
  })

  it('keeps out another process, and does not outlive one that is killed', async () => {
    const module = fileURLToPath(new URL('./lock.ts', import.meta.url))
    const script = `import { lockFolder } from ${JSON.stringify(module)}
      await lockFolder(${JSON.stringify(folder)})
      process.stdout.write('locked')
      setInterval(() => {}, 1000)`
    const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(owner.stdout, 'data')
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'NODE_LOCKED' })
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    await (await lockFolder(folder))()
  })

  it('says what is wrong when the folder is missing', async () => {
    await expect(lockFolder(join(folder, 'missing'))).rejects.toMatchObject({
      code: 'NODE_LOCK_IO',
      message: expect.stringContaining('missing'),
    })
  })
})
