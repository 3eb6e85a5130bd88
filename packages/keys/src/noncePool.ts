/**
 * A signer's nonces. Two shares under one pair of nonces give the secret away, so a pair never leaves this file: it is
 * taken out of the pool before it is used, used by one call, and erased after. It lives in memory only, so that nothing
 * can bring it back: no file, no restart, no copy of a disk.
 * @module
 */
import { bytesToHex, type Rng } from '@breakwater/kernel'
import { frost } from './frost.ts'
import { frostIdentifier, type GroupShare } from './frostGroup.ts'
import type { NonceCommitment } from './signingSession.ts'

/** Pairs that wait for one coordinator; beyond, its oldest are erased. */
const MAX_WAITING = 32

type Nonces = ReturnType<typeof frost.commit>['nonces']

export interface NoncePool {
  /** New pairs that only this coordinator may ask to use. */
  make(coordinator: number, count: number): readonly NonceCommitment[]
  /** Uses a pair up, whatever `use` does; `null` when it is not there: never made, used or erased. */
  spend<T>(coordinator: number, commitment: NonceCommitment, use: (nonces: Nonces) => T): T | null
}

export function createNoncePool({ self, secret }: GroupShare, rng: Rng): NoncePool {
  const waiting = new Map<number, Map<string, Nonces>>()
  const own = { identifier: frostIdentifier(self), signingShare: secret }

  const erase = ({ hiding, binding }: Nonces): void => {
    hiding.fill(0)
    binding.fill(0)
  }
  const take = (coordinator: number, name: string): Nonces | undefined => {
    const nonces = waiting.get(coordinator)?.get(name)
    waiting.get(coordinator)?.delete(name)
    return nonces
  }

  return {
    make(coordinator, count) {
      const pairs = waiting.get(coordinator) ?? new Map<string, Nonces>()
      waiting.set(coordinator, pairs)
      return Array.from({ length: count }, () => {
        const { nonces, commitments } = frost.commit(own, (length = 32) => rng.bytes(length))
        const commitment = {
          hiding: bytesToHex(commitments.hiding),
          binding: bytesToHex(commitments.binding),
        }
        pairs.set(nameOf(commitment), nonces)
        const [oldest = ''] = pairs.keys()
        const dropped = pairs.size > MAX_WAITING ? take(coordinator, oldest) : undefined
        if (dropped !== undefined) erase(dropped)
        return commitment
      })
    },
    spend(coordinator, commitment, use) {
      const nonces = take(coordinator, nameOf(commitment))
      if (nonces === undefined) return null
      try {
        return use(nonces)
      } finally {
        erase(nonces)
      }
    },
  }
}

const nameOf = ({ hiding, binding }: NonceCommitment): string => hiding + binding.slice(2)
