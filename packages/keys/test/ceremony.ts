import { hexToBytes, keccakText } from '@breakwater/kernel'
import { createDkg, type Dkg, type DkgMessage, type DkgSession, encodeDkgMessage } from '../src/index.ts'

export const REGISTRY = '0x00000000000000000000000000000000000000aa'

/** What a faulty guardian does with each message that an honest one in its place would write; `null`: stays silent. */
export type Fault = (message: DkgMessage, guardian: number) => DkgMessage | null

export function sessionOf(guardians: number, change: Partial<DkgSession> = {}): DkgSession {
  const threshold = guardians - Math.floor((guardians - 1) / 3)
  return {
    chainId: 1n,
    registry: REGISTRY,
    epoch: 7n,
    guardians,
    threshold,
    start: 5n,
    roundBlocks: 3n,
    ...change,
  }
}

export const seedOf = (guardian: number, word = 'seed'): Uint8Array =>
  hexToBytes(keccakText(`${word} ${guardian}`))

export interface Ceremony {
  readonly all: readonly Dkg[]
  /** The log's blocks, to be read again. */
  readonly blocks: readonly { position: bigint; messages: { from: number; message: Uint8Array }[] }[]
}

/** Guardians make a key over a log that takes what each of them wants to write, in the order that `shuffle` gives. */
export function hold(options: {
  session: DkgSession
  faults?: ReadonlyMap<number, Fault>
  shuffle?: <T>(items: T[]) => T[]
  word?: string
}): Ceremony {
  const { session, faults = new Map<number, Fault>(), shuffle = (items) => items, word } = options
  const all = Array.from({ length: session.guardians }, (_, self) =>
    createDkg({ session, self, seed: seedOf(self, word) }),
  )
  const blocks: Ceremony['blocks'][number][] = []
  const limit = session.start + 3n * session.roundBlocks * BigInt(session.guardians)
  for (let position = session.start; position < limit; position++) {
    const messages = all.flatMap((dkg, from) => {
      const honest = dkg.wanted()
      const message = honest && (faults.get(from)?.(honest, from) ?? (faults.has(from) ? null : honest))
      return message === null ? [] : [{ from, message: encodeDkgMessage(message) }]
    })
    const block = { position, messages: shuffle(messages) }
    blocks.push(block)
    for (const dkg of all) dkg.step(block)
    if (all.every((dkg) => /done|failed/.test(dkg.status().phase))) return { all, blocks }
  }
  throw new Error('the key generation does not end')
}
