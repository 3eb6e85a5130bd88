import { bytesToHex, createSeededRng, type Hex, hexToBytes, keccakText } from '@breakwater/kernel'
import {
  createSigningEngine,
  frost,
  type Group,
  type GroupShare,
  type GroupSignature,
  type SigningEngine,
  type SigningTask,
} from '../src/index.ts'

export const DIGEST = keccakText('what is signed')

/** A group whose dealer is known: making it takes no time, and the dealer's key can be asked for. */
export function dealGroup(n: number) {
  const deal = dealt.get(n) ?? dealAnew(n)
  dealt.set(n, deal)
  return deal
}

const dealt = new Map<number, ReturnType<typeof dealAnew>>()

function dealAnew(n: number) {
  const rng = createSeededRng(n)
  const threshold = n - Math.floor((n - 1) / 3)
  const random = (length = 32) => rng.bytes(length)
  const key = frost.utils.randomScalar(random)
  const made = frost.trustedDealer({ min: threshold, max: n }, undefined, key, random)
  const group: Group = {
    threshold,
    members: Array.from({ length: n }, (_, guardian) => guardian),
    key: bytesToHex(made.public.commitments[0] ?? new Uint8Array()),
    verificationShares: Object.values(made.public.verifyingShares).map((share) => bytesToHex(share)),
  }
  const shares = Object.values(made.secretShares).map(
    ({ signingShare }, self): GroupShare => ({ group, self, secret: signingShare }),
  )
  return { group, shares, key }
}

/** One session of these members, by their engines, without anything in between. */
export function signTogether(
  shares: readonly GroupShare[],
  digest: Hex = DIGEST,
  change: (share: Hex, guardian: number) => Hex = (share) => share,
): {
  signature: GroupSignature | null
  cheaters: readonly number[]
  task: SigningTask
  engines: SigningEngine[]
} {
  const engines = shares.map((share) => createSigningEngine(share, createSeededRng(share.self + 1)))
  const signers = shares.flatMap(({ self }, i) => {
    const prepared = engines[i]?.run({ kind: 'prepare', coordinator: 0, count: 1 })
    return prepared?.kind === 'prepared'
      ? prepared.commitments.map((one) => ({ guardian: self, ...one }))
      : []
  })
  const task = { digest, signers }
  const given = shares.flatMap(({ self: guardian }, i) => {
    const result = engines[i]?.run({ kind: 'sign', coordinator: 0, session: 0, task })
    if (result?.kind !== 'signed' || result.signed === null) return []
    return [{ guardian, share: change(result.signed.share, guardian) }]
  })
  const checked = engines[0]?.run({ kind: 'check', session: 0, task, shares: given })
  if (checked?.kind !== 'checked') throw new Error('no member checks')
  return { signature: checked.signature, cheaters: checked.cheaters, task, engines }
}

/** The share of somebody who guesses. */
export const wrongShare: Hex = bytesToHex(hexToBytes(keccakText('wrong')).fill(0, 0, 1))
