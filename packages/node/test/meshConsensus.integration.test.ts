import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDriver, createSigning, type Driver } from '@breakwater/consensus'
import { type Certificate, type Duty, type Hex, keccakText } from '@breakwater/kernel'
import { recoverAddress } from '@breakwater/keys'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { openWal, type Wal } from '../src/wal.ts'
import { until } from './guardians.ts'
import { createTown, REALM, type Town } from './mesh.ts'

/** Orders words: whatever is wanted and was not said yet. */
const wordDuty = (wanted: readonly string[]): Duty<string, readonly string[], string> => ({
  id: 'words',
  init: [],
  decode: (bytes) => new TextDecoder().decode(bytes),
  encode: (word) => new TextEncoder().encode(word),
  propose: (said) => wanted.find((word) => !said.includes(word)) ?? null,
  validate: async (said, word) => (said.includes(word) ? 'reject' : 'accept'),
  apply: (said, word) => ({ state: [...said, word], effects: [word] }),
})

interface Voice {
  driver: Driver
  wal: Wal
  said: string[]
  certificates: Certificate[]
}

describe('consensus over the mesh', () => {
  let folder: string
  let town: Town
  const voices = new Map<number, Voice>()
  const wanted: string[] = []

  /** A guardian that signs whatever is finalized. */
  async function speak(index: number): Promise<Voice> {
    const { signer, net } = town.member(index)
    const wal = await openWal(join(folder, `${index}.wal`))
    const said: string[] = []
    const certificates: Certificate[] = []
    const driver = createDriver({
      config: {
        ...REALM,
        ...{ guardians: town.addresses, self: index, epoch: 1n, deltaMs: 50, heartbeatMs: 500 },
        signing: createSigning(signer),
      },
      duty: wordDuty(wanted),
      ...{ clock: systemClock, net, wal },
      listener: {
        finalized(_at, words) {
          said.push(...words)
          for (const word of words) driver.attest(keccakText(word))
        },
        certified: (certificate) => void certificates.push(certificate),
        evidence: () => {},
        entered: () => {},
        problem: () => {},
        failed: () => {},
      },
    })
    driver.start(wal.recovered)
    const voice = { driver, wal, said, certificates }
    voices.set(index, voice)
    return voice
  }
  async function silence(index: number): Promise<void> {
    const voice = voices.get(index)
    voices.delete(index)
    await voice?.driver.stop()
    await voice?.wal.close()
  }
  async function order(word: string): Promise<void> {
    wanted.push(word)
    for (const { driver } of voices.values()) driver.refresh()
    await until(() => [...voices.values()].every((voice) => signed(voice, keccakText(word)) !== undefined))
  }
  const signed = ({ certificates }: Voice, digest: Hex) =>
    certificates.find((certificate) => certificate.digest === digest)

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-mesh-'))
    town = await createTown(4)
  })
  afterEach(async () => {
    for (const index of [...voices.keys()]) await silence(index)
    await town.stop()
    await rm(folder, { recursive: true, force: true })
    wanted.length = 0
  })

  it('orders, and certifies by n - f signatures', async () => {
    await town.meet()
    for (const index of town.members.keys()) await speak(index)
    await order('pause')
    await order('resume')
    for (const voice of voices.values()) {
      expect(voice.said).toEqual(['pause', 'resume'])
      const certificate = signed(voice, keccakText('pause'))
      const signers = (certificate?.signatures ?? []).map((one) => recoverAddress(keccakText('pause'), one))
      expect(signers.length).toBeGreaterThanOrEqual(3)
      expect(town.addresses).toEqual(expect.arrayContaining(signers))
    }
  })

  it('goes on without one of four, which catches up when it is back', async () => {
    await town.meet()
    for (const index of town.members.keys()) await speak(index)
    await order('with all')
    await silence(3)
    await town.member(3).mesh.close()
    await order('with three')
    await town.start(3)
    const back = await speak(3)
    await town.meet()
    await order('with all again')
    expect(back.said).toEqual(['with all', 'with three', 'with all again'])
  })

  it('begins before the guardians have found each other', async () => {
    for (const index of town.members.keys()) await speak(index)
    wanted.push('early')
    for (const { driver } of voices.values()) driver.refresh()
    await town.meet()
    await until(() => [...voices.values()].every(({ said }) => said.includes('early')))
  })
})
