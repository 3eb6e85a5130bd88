import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWal } from './wal.ts'

describe('wal', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-wal-'))
    path = join(folder, 'votes.wal')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const isWindows = process.platform === 'win32'
  it.skipIf(isWindows)(
    `promises only what is on disk when the disk is full${isWindows ? ' (skipped: no file size limit here)' : ''}`,
    async () => {
      const script = `import { openWal } from ${JSON.stringify(fileURLToPath(new URL('./wal.ts', import.meta.url)))}
        const wal = await openWal(${JSON.stringify(path)})
        const outcomes = []
        for (let n = 0; n < 12; n++) {
          const record = new Uint8Array(200).fill(n + 1)
          outcomes.push(await wal.append([record]).then(() => 'ok', (error) => error.code))
        }
        await wal.close()
        process.stdout.write(JSON.stringify(outcomes))`
      const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script]
      // The shell's unit is 512 or 1024 bytes; what crosses the limit is written in part and then refused.
      const { stdout } = await promisify(execFile)(
        '/bin/sh',
        ['-c', 'ulimit -f 2; exec "$@"', 'sh', ...node],
        {
          cwd: fileURLToPath(new URL('.', import.meta.url)),
          env: { ...process.env, TSX_DISABLE_CACHE: '1' },
        },
      )
      const outcomes = JSON.parse(stdout) as string[]
      const kept = outcomes.indexOf('NODE_WAL_IO')
      expect(kept).toBeGreaterThan(0)
      expect(outcomes.slice(kept).every((outcome) => outcome === 'NODE_WAL_IO')).toBe(true)
      const wal = await openWal(path)
      expect(wal.recovered.map(([first]) => first)).toEqual(outcomes.slice(0, kept).map((_, n) => n + 1))
      expect(wal.tornBytes).toBeGreaterThan(0)
      await wal.close()
    },
  )
})
