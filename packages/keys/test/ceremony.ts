import { createSeededRng, type Hex, hexToBytes, keccakText, pick } from '@breakwater/kernel'
import { expect } from 'vitest'
import {
  createDkg,
  type Dkg,
  type DkgBlock,
  type DkgFault,
  type DkgMessage,
  type DkgSession,
  encodeDkgMessage,
  type GroupShare,
} from '../src/index.ts'
import { signTogether } from './signing.ts'

/** What a faulty guardian writes where an honest one would write `message`; `null`: nothing. */
export type Fault = (message: DkgMessage) => DkgMessage | null

export function sessionOf(guardians: number, change: Partial<DkgSession> = {}): DkgSession {
  const threshold = guardians - Math.floor((guardians - 1) / 3)
  const registry = '0x00000000000000000000000000000000000000aa'
  return { chainId: 1n, registry, epoch: 7n, guardians, threshold, start: 5n, roundBlocks: 3n, ...change }
}

export const seedOf = (guardian: number): Uint8Array => hexToBytes(keccakText(`seed ${guardian}`))

export function join(session: DkgSession, self: number): Dkg {
  return createDkg({ session, self, seed: seedOf(self) })
}

export interface Ceremony {
  readonly all: readonly Dkg[]
  /** The log, to be read again. */
  readonly blocks: readonly DkgBlock[]
}

/** All guardians write on one log what each wants to, or what its fault makes of it, until they are through. */
export function hold(options: {
  session: DkgSession
  faults?: ReadonlyMap<number, Fault>
  /** What a block takes of the messages that are there, and in which order. */
  arrange?: DkgBlock['messages'] extends infer M ? (messages: M) => M : never
}): Ceremony {
  const { session, faults = new Map<number, Fault>(), arrange = (messages) => messages } = options
  const all = Array.from({ length: session.guardians }, (_, self) => join(session, self))
  const blocks: DkgBlock[] = []
  const end = session.start + 3n * session.roundBlocks * BigInt(session.guardians)
  for (let position = session.start; position < end; position++) {
    const messages = all.flatMap((dkg, from) => {
      const honest = dkg.wanted()
      const fault = faults.get(from)
      const message = honest !== null && fault !== undefined ? fault(honest) : honest
      return message === null ? [] : [{ from, message: encodeDkgMessage(message) }]
    })
    const block = { position, messages: arrange(messages) }
    blocks.push(block)
    for (const dkg of all) dkg.step(block)
    if (all.every((dkg) => dkg.status().phase === 'done' || dkg.status().phase === 'failed')) break
  }
  return { all, blocks }
}

/** Another encoding of the same length, one bit away. */
const flip = (hex: Hex): Hex =>
  `${hex.slice(0, -1)}${(Number.parseInt(hex.slice(-1), 16) ^ 1).toString(16)}` as Hex

export const silent: Fault = () => null
export const silentAfter =
  (kind: string): Fault =>
  (message) =>
    message.kind === kind ? null : message
/** Each with what it is excluded for. */
export const FAULTS: Record<string, [DkgFault, Fault]> = {
  'says nothing': ['silent', silent],
  'deals, and then nothing': ['silent', silentAfter('shares')],
  'proves nothing': ['invalidDeal', (m) => (m.kind === 'deal' ? { ...m, proof: flip(m.proof) } : m)],
  'deals under another key than it proves': [
    'invalidDeal',
    (m) => (m.kind === 'deal' ? { ...m, encryptionKey: m.commitments[1] ?? m.encryptionKey } : m),
  ],
  'deals a polynomial of too low degree': [
    'invalidDeal',
    (m) => (m.kind === 'deal' ? { ...m, commitments: m.commitments.slice(1) } : m),
  ],
  'deals a polynomial of too high degree': [
    'invalidDeal',
    (m) => (m.kind === 'deal' ? { ...m, commitments: [...m.commitments, ...m.commitments.slice(1, 2)] } : m),
  ],
  'deals what is no point': [
    'invalidDeal',
    (m) =>
      m.kind === 'deal' ? { ...m, commitments: m.commitments.map(() => `0x02${'ff'.repeat(32)}` as Hex) } : m,
  ],
  'sends too few shares': [
    'invalidShares',
    (m) => (m.kind === 'shares' ? { ...m, sealed: m.sealed.slice(1) } : m),
  ],
  'sends one a share that does not open': [
    'wrongShare',
    (m) =>
      m.kind === 'shares' ? { ...m, sealed: m.sealed.map((one, i) => (i === 0 ? flip(one) : one)) } : m,
  ],
  'sends everybody another’s share': [
    'wrongShare',
    (m) => (m.kind === 'shares' ? { ...m, sealed: m.sealed.toReversed() } : m),
  ],
  'is committed to something else': [
    'wrongShare',
    (m) =>
      m.kind === 'deal'
        ? { ...m, commitments: [...m.commitments.slice(0, -1), m.commitments[0] ?? '0x'] }
        : m,
  ],
  'complains with a point that is none of theirs': [
    'falseComplaint',
    (m) =>
      m.kind === 'verdict'
        ? {
            ...m,
            complaints: [
              {
                dealer: 1,
                sharedPoint: `0x02${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}`,
                proof: `0x${'01'.repeat(64)}`,
              },
            ],
          }
        : m,
  ],
  'complains about somebody who is not there': [
    'falseComplaint',
    (m) =>
      m.kind === 'verdict'
        ? {
            ...m,
            complaints: [
              { dealer: 99, sharedPoint: `0x02${'00'.repeat(32)}`, proof: `0x${'01'.repeat(64)}` },
            ],
          }
        : m,
  ],
}

export function agreed({ all }: Ceremony) {
  const group = all[0]?.group() ?? null
  for (const dkg of all) {
    expect(dkg.group()).toEqual(group)
    expect(dkg.status()).toEqual(all[0]?.status())
  }
  const shares = all.map((dkg) => dkg.share()).filter((share) => share !== null)
  return { group, shares, status: all[0]?.status() }
}

/** The group's members can sign, whoever of them does, as many as the threshold. */
export function expectToSign(shares: readonly GroupShare[], seed: number): void {
  const rng = createSeededRng(seed)
  const chosen = new Set<GroupShare>()
  const threshold = shares[0]?.group.threshold ?? 1
  while (chosen.size < threshold) chosen.add(pick(rng, shares))
  const signers = [...chosen].sort((a, b) => a.self - b.self)
  expect(signTogether(signers)).toMatchObject({ cheaters: [], signature: { rx: expect.any(BigInt) } })
  expect(signTogether(signers.slice(1)).signature).toBeNull()
}
