import { defined } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { DIGEST, dealGroup } from '../../test/signing.ts'
import { verifyGroupSignature } from '../frost.ts'
import { groupKeyOf } from '../frostGroup.ts'
import type { SigningJob } from '../signingEngine.ts'
import { openSigningWorker, type SigningWorker } from './signingWorker.ts'

const { group, shares } = dealGroup(4)
const open = (member: number) => {
  const share = defined(shares[member], 'a share')
  return openSigningWorker({ ...share, secret: share.secret.slice() })
}

describe('signing worker', () => {
  it('signs with others, and the event loop goes on meanwhile', async () => {
    const workers = await Promise.all([0, 1, 2].map(open))
    const signers = await Promise.all(
      workers.map(async (worker, guardian) => {
        const result = await worker.run({ kind: 'prepare', coordinator: 0, count: 1 })
        return {
          guardian,
          ...defined(result.kind === 'prepared' ? result.commitments[0] : null, 'a commitment'),
        }
      }),
    )
    const task = { digest: DIGEST, signers }
    let turns = 0
    const turn = setInterval(() => turns++, 0)
    const given = await Promise.all(
      workers.map(async (worker, guardian) => {
        const result = await worker.run({ kind: 'sign', coordinator: 0, session: 0, task })
        return { guardian, share: defined(result.kind === 'signed' ? result.signed : null, 'a share').share }
      }),
    )
    clearInterval(turn)
    const checked = await defined(workers[0], 'a worker').run({
      kind: 'check',
      session: 0,
      task,
      shares: given,
    })
    const signature = defined(checked.kind === 'checked' ? checked.signature : null, 'the signature')
    expect(verifyGroupSignature(DIGEST, groupKeyOf(group), signature)).toBe(true)
    expect(turns).toBeGreaterThan(0)
    await Promise.all(workers.map((worker) => worker.close()))
  })

  it('takes the secret over, and shows it in no error', async () => {
    const share = defined(shares[3], 'a share')
    const secret = Buffer.from(share.secret).toString('hex')
    const copy = { ...share, secret: share.secret.slice() }
    const worker: SigningWorker = await openSigningWorker(copy)
    expect(copy.secret.every((byte) => byte === 0)).toBe(true)
    const nonsense = {
      kind: 'check',
      session: 0,
      task: { digest: DIGEST, signers: [{ guardian: 3 }] },
      shares: [],
    }
    const error = await worker.run(nonsense as unknown as SigningJob).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'KEYS_SIGNING_FAILED' })
    expect(JSON.stringify(error)).not.toContain(secret)
    expect(await worker.run({ kind: 'prepare', coordinator: 1, count: 2 })).toMatchObject({
      kind: 'prepared',
    })
    await worker.close()
    await expect(worker.run({ kind: 'prepare', coordinator: 1, count: 2 })).rejects.toMatchObject({
      code: 'KEYS_SIGNING_STOPPED',
    })
  })
})
