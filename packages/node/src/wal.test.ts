import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWal } from './wal.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const texts = (records: readonly Uint8Array[]) => records.map((record) => new TextDecoder().decode(record))

describe('wal', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-wal-'))
    path = join(folder, 'votes.wal')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const write = async (...records: string[]) => {
    const wal = await openWal(path)
    await wal.append(records.map(bytes))
    await wal.close()
  }

  it('gives back what was appended, in order, also from concurrent calls', async () => {
    const wal = await openWal(path)
    await Promise.all(['a', 'b', 'c'].map((text) => wal.append([bytes(text), bytes(`${text}2`)])))
    await wal.close()
    const again = await openWal(path)
    expect(texts(again.recovered)).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2'])
    expect(again.tornBytes).toBe(0)
    await again.close()
  })

  it('cut at every byte, keeps every record that was whole and goes on behind it', async () => {
    await write('first', 'second', 'third')
    const whole = await readFile(path)
    const ends = [8 + 13, 8 + 13 + 14, whole.length]
    for (let length = 8; length <= whole.length; length++) {
      await writeFile(path, whole.subarray(0, length))
      const wal = await openWal(path)
      const expected = ['first', 'second', 'third'].slice(0, ends.filter((end) => end <= length).length)
      expect(texts(wal.recovered)).toEqual(expected)
      await wal.append([bytes('after')])
      await wal.close()
      const again = await openWal(path)
      expect(texts(again.recovered)).toEqual([...expected, 'after'])
      await again.close()
    }
  })

  it('refuses a file whose beginning is missing: an empty log would forget votes', async () => {
    await write('first')
    const whole = await readFile(path)
    for (let length = 0; length < 8; length++) {
      await writeFile(path, whole.subarray(0, length))
      await expect(openWal(path)).rejects.toMatchObject({ code: 'NODE_WAL_DAMAGED' })
    }
  })

  it('never gives back a changed record: a flipped bit is a torn tail or an error', async () => {
    await write('first', 'second', 'third')
    const whole = await readFile(path)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length * 8 - 1 }), async (bit) => {
        const flipped = Buffer.from(whole)
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        await writeFile(path, flipped)
        const outcome = await openWal(path).then(
          async (wal) => {
            await wal.close()
            return texts(wal.recovered)
          },
          (error) => error.code,
        )
        if (outcome === 'NODE_WAL_DAMAGED') return
        expect(['first', 'second', 'third'].slice(0, outcome.length)).toEqual(outcome)
        expect(outcome.length).toBe(2)
      }),
      { numRuns: 150 },
    )
  })

  it('refuses damage that intact records follow, and a file that is no log', async () => {
    await write('first', 'second')
    const whole = await readFile(path)
    whole[8 + 8] = 0
    await writeFile(path, whole)
    await expect(openWal(path)).rejects.toMatchObject({ code: 'NODE_WAL_DAMAGED' })
    await writeFile(path, 'something else')
    await expect(openWal(path)).rejects.toThrow(/does not begin like/)
  })

  it('says what is wrong when the folder is missing', async () => {
    await expect(openWal(join(folder, 'missing', 'votes.wal'))).rejects.toMatchObject({
      code: 'NODE_WAL_IO',
      hint: expect.stringContaining('data folder'),
    })
  })

  it('is replaced in one step and appended to afterwards', async () => {
    const wal = await openWal(path)
    await wal.append(['a', 'b', 'c'].map(bytes))
    await wal.replace([bytes('c')])
    await wal.append([bytes('d')])
    expect(wal.sizeBytes()).toBe((await stat(path)).size)
    await wal.close()
    const again = await openWal(path)
    expect(texts(again.recovered)).toEqual(['c', 'd'])
    await again.close()
  })

  it('holds what the calls say, in their order, however they overlap', async () => {
    const call = fc.record({
      replaces: fc.boolean(),
      records: fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 3 }),
      pauses: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
        await rm(path, { force: true })
        const wal = await openWal(path)
        let expected: string[] = []
        const done: Promise<void>[] = []
        for (const { replaces, records, pauses } of calls) {
          expected = replaces ? records : [...expected, ...records]
          done.push(replaces ? wal.replace(records.map(bytes)) : wal.append(records.map(bytes)))
          if (pauses) await new Promise(setImmediate)
        }
        await Promise.all(done)
        await wal.close()
        const again = await openWal(path)
        expect(texts(again.recovered)).toEqual(expected)
        await again.close()
      }),
      { numRuns: 40 },
    )
  })

  it('keeps the old log when the new one cannot be written', async () => {
    const wal = await openWal(path)
    await wal.append([bytes('a')])
    await mkdir(`${path}.new`)
    await expect(wal.replace([bytes('b')])).rejects.toMatchObject({ code: 'NODE_WAL_IO' })
    await wal.append([bytes('c')])
    await wal.close()
    await rm(`${path}.new`, { recursive: true, force: true })
    const again = await openWal(path)
    expect(texts(again.recovered)).toEqual(['a', 'c'])
    await again.close()
  })
})
