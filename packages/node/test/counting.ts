import { type Config, createSigning } from '@breakwater/consensus'
import { BaseError, type Duty, keccakText } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'

const SIZE = 4
const signers = Array.from({ length: SIZE }, (_, index) => createLocalSigner(keccakText(`counting ${index}`)))

export function countingConfig(self: number): Config {
  const signer = signers[self]
  if (signer === undefined) throw new Error(`there is no guardian ${self}`)
  return {
    guardians: signers.map(({ address }) => address),
    ...{ self, epoch: 1n, chainId: 31_337n, registry: `0x${'5e'.repeat(20)}` },
    ...{ deltaMs: 60, heartbeatMs: 500, signing: createSigning(signer) },
  }
}

/** The log counts: what follows n is n + 1, as far as is wanted. */
export function createCountingDuty(wanted: () => number): Duty<number, number, number> {
  return {
    id: 'counting',
    init: 0,
    decode(bytes) {
      const count = Number(new TextDecoder().decode(bytes))
      if (!Number.isSafeInteger(count)) throw new BaseError('KERNEL_DECODE', 'no count')
      return count
    },
    encode: (count) => new TextEncoder().encode(String(count)),
    propose: (count) => (count < wanted() ? count + 1 : null),
    validate: async (count, next) => (next === count + 1 ? 'accept' : 'reject'),
    apply: (count, next) =>
      next === count + 1 ? { state: next, effects: [next] } : { state: count, effects: [] },
  }
}

/** What the process that is killed and its test say to each other. */
export type Said =
  | { kind: 'net'; to: number | 'all'; bytes: Uint8Array }
  /** It is up, with these blocks from its store. */
  | { kind: 'restored'; blocks: readonly number[] }
  /** This count's message cannot be lost any more. */
  | { kind: 'safe'; count: number }
  /** This count's block is stored. */
  | { kind: 'stored'; count: number }
export interface Heard {
  from: number
  bytes: Uint8Array
}
