import { type Bucket, createBucket } from './bucket.ts'

export interface AdmissionLimits {
  /** Connections whose other end is not verified yet, all together. */
  readonly total: number
  /** Of those, from one address. */
  readonly perAddress: number
  /** Connections that one address may begin in a second. */
  readonly perSecond: number
}

/** Addresses whose rate is remembered: those that connected last. */
const MAX_ADDRESSES = 1024

/** Who waits at the door. */
export interface Admission<Visitor> {
  /** Counts a connection that begins; false: this address begins too many. */
  mayBegin(address: string, nowMs: number): boolean
  /** Returns who has to make room: the one that has waited longest. */
  enter(visitor: Visitor, address: string): Visitor | null
  /** Verified, or gone. */
  leave(visitor: Visitor): void
  visitors(): readonly Visitor[]
}

/**
 * A full door takes the newest and sends away the oldest: an honest guardian needs some milliseconds to prove who it is,
 * while whoever wants to block the door has to stay in it. The limit for one address comes first, so that one machine can
 * only push out itself.
 */
export function createAdmission<Visitor>(limits: AdmissionLimits): Admission<Visitor> {
  const visitors = new Map<Visitor, string>()
  const counts = new Map<string, number>()
  const rates = new Map<string, Bucket>()

  const leave = (visitor: Visitor): void => {
    const address = visitors.get(visitor)
    if (address === undefined) return
    visitors.delete(visitor)
    const count = (counts.get(address) ?? 0) - 1
    if (count > 0) counts.set(address, count)
    else counts.delete(address)
  }
  const oldest = (address: string | null): Visitor | null => {
    for (const [visitor, from] of visitors) if (address === null || from === address) return visitor
    return null
  }

  return {
    mayBegin(address, nowMs) {
      const bucket = rates.get(address) ?? createBucket(limits.perSecond, nowMs)
      rates.delete(address)
      rates.set(address, bucket)
      const [first] = rates.keys()
      if (rates.size > MAX_ADDRESSES && first !== undefined) rates.delete(first)
      if (bucket.waitMs(nowMs) > 0) return false
      bucket.take(1, nowMs)
      return true
    },
    enter(visitor, address) {
      let evicted: Visitor | null = null
      if ((counts.get(address) ?? 0) >= limits.perAddress) evicted = oldest(address)
      else if (visitors.size >= limits.total) evicted = oldest(null)
      if (evicted !== null) leave(evicted)
      visitors.set(visitor, address)
      counts.set(address, (counts.get(address) ?? 0) + 1)
      return evicted
    },
    leave,
    visitors: () => [...visitors.keys()],
  }
}
