import { BaseError } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { actionDigest, createFleet, type Guardian, rest } from '../test/fleet.ts'
import { HEARTBEAT_MS, signers } from '../test/table.ts'
import {
  decodeMessage,
  decodeRecord,
  encodeMessage,
  encodeRecord,
  FINALIZE,
  GENESIS,
  MAX_PAYLOAD_BYTES,
  NOTARIZE,
} from './index.ts'

const heard = (guardians: readonly Guardian[]) => guardians.map((guardian) => guardian.heard)

describe('guardians together', () => {
  it('apply what they finalize in order, each once, with the state that the log makes', async () => {
    const fleet = await createFleet(4)
    for (const word of ['one', 'two', 'three']) await fleet.want(word, 0, 1, 2, 3)
    await fleet.clock.pass(HEARTBEAT_MS)
    expect(heard(fleet.guardians)).toEqual(Array(4).fill(['0:one', '1:two', '2:three']))
    expect(fleet.guardians.flatMap(({ problems }) => problems)).toEqual([])
  })

  it('sync three times for a payload: before their NOTARIZE, before their FINALIZE, and before they hand it out', async () => {
    const fleet = await createFleet(4)
    const before = fleet.guardians.map(({ syncs }) => syncs)
    await fleet.want('one', 0, 1, 2, 3)
    expect(fleet.guardians.map(({ syncs }, index) => syncs - (before[index] ?? 0))).toEqual([3, 3, 3, 3])
  })

  it('send no vote that is not on disk', async () => {
    const fleet = await createFleet(4)
    for (const word of ['one', 'two']) await fleet.want(word, 0, 1, 2, 3)
    let votes = 0
    for (const { from, bytes, logged } of fleet.sent) {
      const message = decodeMessage(1n, bytes)
      if (message.kind !== 'vote') continue
      votes++
      const records = fleet.guardian(from).log.slice(0, logged).map(decodeRecord)
      const { kind, view, digest } = message.vote
      const isThere = records.some((record) =>
        kind === NOTARIZE
          ? record.kind === 'notarize' && record.block.view === view
          : record.kind === (kind === FINALIZE ? 'finalize' : 'nullify') && record.view === view,
      )
      expect(isThere, `vote ${kind} ${view} ${digest} of guardian ${from}`).toBe(true)
    }
    expect(votes).toBeGreaterThan(15)
  })

  it('judge in the state that includes notarized blocks which are not final yet', async () => {
    const fleet = await createFleet(4)
    const states: string[] = []
    fleet.guardian(0).wishes.judge = async (word, said) => {
      states.push(`${word} after ${said.join()}`)
      return 'accept'
    }
    fleet.isLost = (_from, _to, bytes) => {
      const message = decodeMessage(1n, bytes)
      return message.kind === 'vote' && message.vote.kind === FINALIZE
    }
    await fleet.want('one', 0, 1, 2, 3)
    await fleet.want('two', 0, 1, 2, 3)
    expect(states).toEqual(['one after ', 'two after one'])
    expect(fleet.guardian(0).heard).toEqual([])
  })

  it('find each other again after everything was lost for a while', async () => {
    const fleet = await createFleet(4)
    fleet.isLost = () => true
    await fleet.want('one', 0, 1, 2, 3)
    await fleet.clock.pass(10 * HEARTBEAT_MS)
    expect(heard(fleet.guardians)).toEqual([[], [], [], []])
    fleet.isLost = () => false
    await fleet.clock.pass(3 * HEARTBEAT_MS)
    expect(heard(fleet.guardians)).toEqual(Array(4).fill(['0:one']))
  })

  it('do not get stuck on a payload that does not decode, nor on a judgement that fails', async () => {
    const fleet = await createFleet(4)
    fleet.guardian(2).wishes.judge = async () => Promise.reject(new Error('no connection'))
    await fleet.want('NOT a word', 1)
    await fleet.want('one', 0, 2, 3)
    await fleet.clock.pass(2 * HEARTBEAT_MS)
    expect(heard(fleet.guardians)).toEqual(Array(4).fill(['0:one']))
    expect(fleet.guardian(2).problems).toEqual([new Error('no connection')])
  })

  it('stop judging when the view is over', async () => {
    const fleet = await createFleet(4)
    let aborted = 0
    fleet.guardian(0).wishes.judge = (_word, _said, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted++
          reject(new Error('aborted'))
        })
      })
    await fleet.want('one', 1)
    expect(heard(fleet.guardians)).toEqual(Array(4).fill(['0:one']))
    expect(aborted).toBe(1)
    expect(fleet.guardian(0).problems).toEqual([])
  })
})

describe('a guardian', () => {
  it('says which messages it could not read, and whose', async () => {
    const fleet = await createFleet(4)
    fleet.inject(2, 0, Uint8Array.of(1, 2, 3))
    fleet.inject(2, 0, encodeMessage(9n, { kind: 'askCertificates', fromView: 1n }))
    const codes = fleet.guardian(0).problems.map((error) => (error instanceof BaseError ? error.code : ''))
    expect(codes).toEqual(['KERNEL_DECODE', 'CONSENSUS_MESSAGE_EPOCH'])
  })

  it('whose log fails stops, says why, and sends nothing more', async () => {
    const fleet = await createFleet(4)
    fleet.beforeSync = async (index) => {
      if (index === 0) throw new BaseError('NODE_WAL_IO', 'the disk is full')
    }
    await fleet.want('one', 0, 1, 2, 3)
    expect(fleet.guardian(0).failure).toMatchObject({ code: 'NODE_WAL_IO' })
    const votes = fleet.sent.filter(
      ({ from, bytes }) => from === 0 && decodeMessage(1n, bytes).kind === 'vote',
    )
    expect(votes).toEqual([])
    const count = fleet.sent.filter(({ from }) => from === 0).length
    await fleet.clock.pass(3 * HEARTBEAT_MS)
    expect(fleet.sent.filter(({ from }) => from === 0)).toHaveLength(count)
    expect(heard(fleet.guardians.slice(1))).toEqual(Array(3).fill(['0:one']))
    await fleet.guardian(0).driver.stop()
  })

  it('takes messages while its log syncs, and performs nothing out of turn', async () => {
    const fleet = await createFleet(4)
    let release = (): void => {}
    fleet.beforeSync = (index) =>
      index !== 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            release = resolve
          })
    await fleet.want('one', 0, 1, 2, 3)
    expect(heard(fleet.guardians)).toEqual([[], ['0:one'], ['0:one'], ['0:one']])
    fleet.beforeSync = async () => {}
    release()
    await rest()
    expect(fleet.guardian(0).heard).toEqual(['0:one'])
  })

  it('keeps its log short, and hands everything out again after a restart', async () => {
    const fleet = await createFleet(4)
    for (const word of ['one', 'two']) await fleet.want(word, 0, 1, 2, 3)
    await fleet.clock.pass(200 * HEARTBEAT_MS)
    const { views, log } = fleet.guardian(2)
    expect(views.at(-1)).toBeGreaterThan(200n)
    expect(log.length).toBeLessThan(300)
    await fleet.start(2)
    expect(fleet.guardian(2)).toMatchObject({ replayed: ['0:one', '1:two'], heard: [] })
    expect(fleet.guardian(2).views.at(-1)).toBeGreaterThanOrEqual(views.at(-1) ?? 0n)
    await fleet.want('three', 0, 1, 2, 3)
    expect(fleet.guardian(2).heard).toEqual(['2:three'])
  })

  it('that crashed learns from the others what its log had not been synced with', async () => {
    const fleet = await createFleet(4)
    await fleet.want('one', 0, 1, 2, 3)
    await fleet.start(2)
    const { replayed, heard: afterwards } = fleet.guardian(2)
    expect([...replayed, ...afterwards]).toEqual(['0:one'])
  })

  it('loses nothing in an orderly stop, not even what it had not needed to sync', async () => {
    const fleet = await createFleet(1)
    await fleet.want('one', 0)
    await fleet.guardian(0).driver.stop()
    fleet.isLost = () => true
    await fleet.start(0)
    expect(fleet.guardian(0).replayed).toEqual(['0:one'])
  })

  it('refuses to start from a log that it cannot read', async () => {
    const fleet = await createFleet(4)
    await fleet.guardian(0).driver.stop()
    fleet.guardian(0).log = [Uint8Array.of(77)]
    await expect(fleet.start(0)).rejects.toMatchObject({ code: 'CONSENSUS_RECORD' })
  })

  it('refuses to start from the log of another epoch', async () => {
    const fleet = await createFleet(1)
    const block = { epoch: 2n, view: 1n, parentView: 0n, parent: GENESIS, payload: new Uint8Array(0) }
    fleet.guardian(0).log = [encodeRecord({ kind: 'block', block })]
    await expect(fleet.start(0)).rejects.toMatchObject({ code: 'CONSENSUS_RECORD_EPOCH' })
  })

  it('that cannot propose says so, and goes on with what others propose', async () => {
    const fleet = await createFleet(4)
    await fleet.want('x'.repeat(MAX_PAYLOAD_BYTES + 1), 1)
    expect(fleet.guardian(1).problems).toContainEqual(
      expect.objectContaining({ code: 'CONSENSUS_PAYLOAD_SIZE' }),
    )
    await fleet.want('one', 0, 2, 3)
    await fleet.clock.pass(HEARTBEAT_MS)
    expect(heard(fleet.guardians)).toEqual(Array(4).fill(['0:one']))
  })

  it('that has stopped neither acts nor speaks', async () => {
    const fleet = await createFleet(4)
    await fleet.guardian(0).driver.stop()
    const count = fleet.sent.filter(({ from }) => from === 0).length
    await fleet.want('one', 0, 1, 2, 3)
    await fleet.clock.pass(2 * HEARTBEAT_MS)
    expect(fleet.guardian(0).heard).toEqual([])
    expect(fleet.sent.filter(({ from }) => from === 0)).toHaveLength(count)
  })
})

describe('attesting', () => {
  it('gives everybody the certificate of n - f guardians', async () => {
    const fleet = await createFleet(4)
    for (const { driver } of fleet.guardians.slice(0, 3)) driver.attest(actionDigest)
    await rest()
    expect(fleet.guardian(3).certificates).toEqual([])
    // It is late: the others' certificate is complete before it has finalized the action itself.
    fleet.guardian(3).driver.attest(actionDigest)
    await rest()
    for (const { certificates } of fleet.guardians) {
      expect(certificates).toEqual([
        {
          digest: actionDigest,
          bitmap: 0b0111n,
          signatures: [0, 1, 2].map((i) => signers[i]?.sign(actionDigest)),
        },
      ])
    }
  })

  it('reaches who missed the others’ signatures, and then falls silent', async () => {
    const fleet = await createFleet(4)
    const isAttest = (bytes: Uint8Array) => decodeMessage(1n, bytes).kind === 'attest'
    fleet.isLost = (_from, to, bytes) => to === 3 && isAttest(bytes)
    for (const { driver } of fleet.guardians) driver.attest(actionDigest)
    await rest()
    expect(fleet.guardians.map(({ certificates }) => certificates.length)).toEqual([1, 1, 1, 0])
    fleet.isLost = () => false
    await fleet.clock.pass(1_000)
    expect(fleet.guardian(3).certificates).toHaveLength(1)
    const count = fleet.sent.filter(({ bytes }) => isAttest(bytes)).length
    await fleet.clock.pass(3_000)
    expect(fleet.sent.filter(({ bytes }) => isAttest(bytes))).toHaveLength(count)
  })

  it('is over when the guardian has failed: it signs nothing more, and answers nobody', async () => {
    const fleet = await createFleet(4)
    fleet.beforeSync = async (index) => {
      if (index === 0) throw new BaseError('NODE_WAL_IO', 'the disk is full')
    }
    fleet.guardian(0).driver.attest(actionDigest)
    await fleet.want('one', 0, 1, 2, 3)
    expect(fleet.guardian(0).failure).not.toBeNull()
    const count = fleet.sent.filter(({ from }) => from === 0).length
    fleet.guardian(0).driver.attest(`0x${'ad'.repeat(32)}`)
    fleet.guardian(1).driver.attest(actionDigest)
    fleet.guardian(2).driver.attest(actionDigest)
    await fleet.clock.pass(2_000)
    expect(fleet.sent.filter(({ from }) => from === 0)).toHaveLength(count)
    expect(fleet.guardian(0).certificates).toEqual([])
  })

  it('stops a guardian whose certificate nobody can take, and not the process', async () => {
    const fleet = await createFleet(4)
    const broken = new Error('no room for a certificate')
    fleet.onCertified = (index) => {
      if (index === 0) throw broken
    }
    for (const { driver } of fleet.guardians.slice(0, 3)) driver.attest(actionDigest)
    await rest()
    expect(fleet.guardian(0).failure).toBe(broken)
    expect(fleet.guardian(1).certificates).toHaveLength(1)
  })

  it('goes on telling while too few sign, until it is forgotten', async () => {
    const fleet = await createFleet(4)
    const told = () => fleet.sent.filter(({ bytes }) => decodeMessage(1n, bytes).kind === 'attest').length
    for (const { driver } of fleet.guardians.slice(0, 2)) driver.attest(actionDigest)
    await fleet.clock.pass(2_000)
    expect(told()).toBeGreaterThan(6)
    expect(fleet.guardian(0).certificates).toEqual([])
    for (const { driver } of fleet.guardians) driver.forget(actionDigest)
    const count = told()
    await fleet.clock.pass(2_000)
    expect(told()).toBe(count)
  })
})
