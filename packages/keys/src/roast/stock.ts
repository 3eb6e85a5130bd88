/** Others' nonces, as a coordinator holds them, and whom it asks first. */
import type { Group } from '../frostGroup.ts'
import { readPoint } from '../group.ts'
import type { NonceCommitment } from '../signingSession.ts'
import { NONCE_BATCH } from './message.ts'

export interface Stock {
  /** `fresh`: all earlier ones are void. */
  add(guardian: number, commitments: readonly NonceCommitment[], fresh: boolean): void
  /** Uses one up. */
  take(guardian: number): NonceCommitment | undefined
  has(guardian: number): boolean
  /** Who let a session wait is asked last, until it answers again. */
  setSlow(guardian: number, slow: boolean): void
  ban(guardian: number): void
  isBanned(guardian: number): boolean
  /** Who can be asked: not banned, with nonces; the quick ones first. */
  available(): readonly number[]
  /** Bans and tells those whose next nonces are no points. Looked at only before use: it takes longer than the rest. */
  weed(): readonly number[]
}

/** The most that are kept of one guardian, the latest. */
const MAX_KEPT = 2 * NONCE_BATCH

const isValid = ({ hiding, binding }: NonceCommitment) =>
  readPoint(hiding) !== null && readPoint(binding) !== null

export function createStock(group: Group, alreadyBanned: readonly number[]): Stock {
  const nonces = new Map<number, readonly NonceCommitment[]>()
  const slow = new Set<number>()
  const banned = new Set(alreadyBanned)
  const has = (guardian: number): boolean => (nonces.get(guardian) ?? []).length > 0
  const available = (): readonly number[] => {
    const able = group.members.filter((member) => !banned.has(member) && has(member))
    return [...able.filter((member) => !slow.has(member)), ...able.filter((member) => slow.has(member))]
  }
  return {
    add(guardian, commitments, fresh) {
      const before = fresh ? [] : (nonces.get(guardian) ?? [])
      nonces.set(guardian, [...before, ...commitments].slice(-MAX_KEPT))
    },
    take(guardian) {
      const [first, ...rest] = nonces.get(guardian) ?? []
      nonces.set(guardian, rest)
      return first
    },
    has,
    setSlow(guardian, isSlow) {
      if (isSlow) slow.add(guardian)
      else slow.delete(guardian)
    },
    ban: (guardian) => banned.add(guardian),
    isBanned: (guardian) => banned.has(guardian),
    available,
    weed() {
      const weeds = available().filter((guardian) => !(nonces.get(guardian) ?? []).slice(0, 1).every(isValid))
      for (const guardian of weeds) banned.add(guardian)
      return weeds
    },
  }
}
