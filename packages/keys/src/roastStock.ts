/** Others' nonces, as a coordinator holds them, and whom it asks first. */
import type { Hex } from '@breakwater/kernel'
import type { Group } from './frostGroup.ts'
import { readPoint } from './group.ts'
import { NONCE_BATCH } from './roastMessage.ts'
import type { NonceCommitment } from './signingSession.ts'

export interface Stock {
  /** In place of all earlier ones, unless there are none. Whether all of them are points. */
  replace(guardian: number, commitments: readonly NonceCommitment[]): boolean
  /** One more. Whether it is a point. */
  add(guardian: number, commitment: NonceCommitment): boolean
  /** Uses one up. */
  take(guardian: number): NonceCommitment | undefined
  has(guardian: number): boolean
  /** Who let a session wait is asked last, until it answers again. */
  setSlow(guardian: number, slow: boolean): void
  ban(guardian: number): void
  isBanned(guardian: number): boolean
  /** Who can be asked: not banned, with nonces; the quick ones first. */
  available(): readonly number[]
}

const isValid = ({ hiding, binding }: NonceCommitment) =>
  readPoint(hiding) !== null && readPoint(binding) !== null

export function createStock(group: Group, alreadyBanned: readonly number[]): Stock {
  const nonces = new Map<number, NonceCommitment[]>()
  /** By guardian: the first of its last batch. A batch that comes twice is void in part. */
  const last = new Map<number, Hex>()
  const slow = new Set<number>()
  const banned = new Set(alreadyBanned)
  const has = (guardian: number): boolean => (nonces.get(guardian) ?? []).length > 0
  return {
    replace(guardian, commitments) {
      const [first] = commitments
      if (first === undefined || last.get(guardian) === first.hiding) return true
      const valid = commitments.every(isValid)
      last.set(guardian, first.hiding)
      nonces.set(guardian, valid ? [...commitments] : [])
      return valid
    },
    add(guardian, commitment) {
      if (!isValid(commitment)) return false
      nonces.set(guardian, [...(nonces.get(guardian) ?? []), commitment].slice(-NONCE_BATCH))
      return true
    },
    take: (guardian) => nonces.get(guardian)?.shift(),
    has,
    setSlow(guardian, isSlow) {
      if (isSlow) slow.add(guardian)
      else slow.delete(guardian)
    },
    ban: (guardian) => banned.add(guardian),
    isBanned: (guardian) => banned.has(guardian),
    available() {
      const able = group.members.filter((member) => !banned.has(member) && has(member))
      return [...able.filter((member) => !slow.has(member)), ...able.filter((member) => slow.has(member))]
    },
  }
}
