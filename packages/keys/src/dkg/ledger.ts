/**
 * Key generation as everybody sees it: Pedersen's, with FROST's proofs of knowledge (Komlo and Goldberg, IACR ePrint
 * 2020/852, Figure 1), over a log that has one order for all. A deterministic function of that log, so that all
 * guardians, and whoever reads the log later, exclude the same members and find the same key.
 *
 * An attempt has three rounds: deals, shares, verdicts. A round ends with the block in which the last member has spoken,
 * or a number of blocks after the one before. Who was silent or wrong in one of the first two rounds, or was convicted
 * in the third, is excluded, and the rest begin anew with new polynomials: dropping a dealer after shares are known
 * would let it choose between keys. Each attempt excludes one member at least, so there are at most f + 1. Whoever deals
 * last still sees the others' deals and so can bias the key, which does not help to forge signatures of Schnorr's kind
 * (Gennaro, Jarecki, Krawczyk and Rabin, Journal of Cryptology 20, 2007).
 *
 * Complaints show a pair's common point, thereby what the two sent each other. It is known to the one of them that is
 * faulty anyway, and useless afterwards: one of the two is excluded, and the attempt is over.
 * @module
 */
import { assert, type Hex } from '@breakwater/kernel'
import { isGroupKey } from '../frost.ts'
import { type Group, groupKeyOf, identifierOf } from '../frostGroup.ts'
import { type CurvePoint, evaluateCommitments, Point, pointToHex, readPoint } from '../group.ts'
import { openShare } from './cipher.ts'
import { type Complaint, type Deal, type DkgMessage, decodeDkgMessage, type Verdict } from './message.ts'
import { verifyEquality, verifyKnowledge } from './proof.ts'
import { attemptContext, checkSession, type DkgSession, memberContext, transcriptHash } from './session.ts'

/** What the log says at one position. `from` is authenticated. */
export interface DkgBlock {
  /** Counts the log's blocks, without gaps. */
  readonly position: bigint
  readonly messages: readonly { readonly from: number; readonly message: Uint8Array }[]
}

export type DkgPhase = 'deals' | 'shares' | 'verdicts' | 'done' | 'failed'

/** Why a member is excluded. */
export type DkgFault = 'silent' | 'invalidDeal' | 'invalidShares' | 'wrongShare' | 'falseComplaint'

export interface Exclusion {
  readonly guardian: number
  readonly attempt: number
  readonly fault: DkgFault
}

/** A deal that was found valid. */
export interface AcceptedDeal {
  readonly deal: Deal
  readonly encryptionKey: CurvePoint
  readonly commitments: readonly CurvePoint[]
}

export interface Attempt {
  readonly number: number
  /** Guardians by number, ascending. */
  readonly members: readonly number[]
  readonly context: Hex
  readonly deals: Map<number, AcceptedDeal>
  /** By dealer: the shares for the other members, in their order. */
  readonly sealed: Map<number, readonly Hex[]>
  readonly verdicts: Set<number>
  readonly faults: Map<number, DkgFault>
  /** The first round's hash, once that is over. */
  transcript: Hex | null
}

export interface Ledger {
  apply(block: DkgBlock): void
  phase(): DkgPhase
  attempt(): Attempt
  excluded(): readonly Exclusion[]
  /** The group, once it is done. */
  group(): Group | null
}

/** @throws KEYS_DKG_SESSION */
export function createLedger(session: DkgSession): Ledger {
  checkSession(session)
  const excluded: Exclusion[] = []
  let phase: DkgPhase = 'deals'
  let since = session.start
  let last: bigint | null = null
  let attempt = createAttempt(
    session,
    0,
    Array.from({ length: session.guardians }, (_, guardian) => guardian),
  )
  let group: Group | null = null

  const enter = (next: DkgPhase, position: bigint): void => {
    phase = next
    since = position
  }
  const restart = (position: bigint): void => {
    for (const [guardian, fault] of attempt.faults)
      excluded.push({ guardian, attempt: attempt.number, fault })
    const rest = attempt.members.filter((member) => !attempt.faults.has(member))
    if (rest.length >= session.threshold) attempt = createAttempt(session, attempt.number + 1, rest)
    enter(rest.length >= session.threshold ? 'deals' : 'failed', position)
  }
  const close = (position: bigint): void => {
    const { members, faults, deals, sealed, verdicts } = attempt
    const spoken = phase === 'deals' ? deals : phase === 'shares' ? sealed : verdicts
    const silent = members.filter((member) => !spoken.has(member) && !faults.has(member))
    if (silent.length > 0 && position < since + session.roundBlocks) return
    // A member that gives no verdict has what it needs, or has lost only its own share.
    if (phase !== 'verdicts') for (const member of silent) faults.set(member, 'silent')
    if (faults.size > 0) {
      restart(position)
    } else if (phase === 'deals') {
      attempt.transcript = transcriptHash(attempt.context, dealsOf(attempt))
      enter('shares', position)
    } else if (phase === 'shares') {
      enter('verdicts', position)
    } else {
      group = verdicts.size < session.threshold ? null : combine(session.threshold, attempt)
      enter(group === null ? 'failed' : 'done', position)
    }
  }

  return {
    apply({ position, messages }) {
      const follows = last === null ? position <= session.start : position === last + 1n
      assert(
        follows,
        `block ${position} of the log comes after ${last ?? 'none'}, and the session begins at ${session.start}`,
      )
      last = position
      if (position < session.start || phase === 'done' || phase === 'failed') return
      for (const { from, message } of messages) receive(session, attempt, phase, from, message)
      close(position)
    },
    phase: () => phase,
    attempt: () => attempt,
    excluded: () => excluded,
    group: () => group,
  }
}

function createAttempt(session: DkgSession, number: number, members: readonly number[]): Attempt {
  return {
    number,
    members,
    context: attemptContext(session, number, members),
    deals: new Map(),
    sealed: new Map(),
    verdicts: new Set(),
    faults: new Map(),
    transcript: null,
  }
}

/** The first message of its kind from each member counts. What cannot be read is nothing: its sender stays silent. */
function receive(
  session: DkgSession,
  attempt: Attempt,
  phase: DkgPhase,
  from: number,
  bytes: Uint8Array,
): void {
  const message = tryDecode(bytes)
  const { faults, deals, sealed, verdicts } = attempt
  if (message === null || message.attempt !== attempt.number) return
  if (!attempt.members.includes(from) || faults.has(from)) return
  if (message.kind === 'deal' && phase === 'deals' && !deals.has(from)) {
    const accepted = acceptDeal(session, attempt, from, message)
    if (accepted === null) faults.set(from, 'invalidDeal')
    else deals.set(from, accepted)
  } else if (message.kind === 'shares' && phase === 'shares' && !sealed.has(from)) {
    if (message.sealed.length === attempt.members.length - 1) sealed.set(from, message.sealed)
    else faults.set(from, 'invalidShares')
  } else if (message.kind === 'verdict' && phase === 'verdicts' && !verdicts.has(from)) {
    verdicts.add(from)
    judge(attempt, from, message)
  }
}

function tryDecode(bytes: Uint8Array): DkgMessage | null {
  try {
    return decodeDkgMessage(bytes)
  } catch {
    return null
  }
}

function acceptDeal(session: DkgSession, attempt: Attempt, from: number, deal: Deal): AcceptedDeal | null {
  if (deal.commitments.length !== session.threshold) return null
  const encryptionKey = readPoint(deal.encryptionKey)
  const commitments = deal.commitments.map(readPoint).filter((point) => point !== null)
  const [constant] = commitments
  if (encryptionKey === null || constant === undefined || commitments.length < session.threshold) return null
  const context = memberContext(attempt.context, from)
  if (!verifyKnowledge(context, [constant, encryptionKey], deal.proof)) return null
  return { deal, encryptionKey, commitments }
}

function dealsOf({ members, deals }: Attempt): Deal[] {
  return members.flatMap((member) => deals.get(member)?.deal ?? [])
}

/** What `dealer` encrypted to `receiver`. */
export function sealedFor({ members, sealed }: Attempt, dealer: number, receiver: number): Hex | undefined {
  const receivers = members.filter((member) => member !== dealer)
  return sealed.get(dealer)?.[receivers.indexOf(receiver)]
}

/** `dealer`'s share for `receiver` under their common point; `null` when it is not what the dealer is committed to. */
export function readShare(
  attempt: Attempt,
  dealer: number,
  receiver: number,
  shared: CurvePoint,
): bigint | null {
  const [dealt, sealed] = [attempt.deals.get(dealer), sealedFor(attempt, dealer, receiver)]
  if (dealt === undefined || sealed === undefined || attempt.transcript === null) return null
  const share = openShare({ transcript: attempt.transcript, dealer, receiver }, shared, sealed)
  if (share === null || share === 0n) return null
  const expected = evaluateCommitments(dealt.commitments, identifierOf(receiver))
  return Point.BASE.multiply(share).equals(expected) ? share : null
}

/** Convicts the dealers who are rightly complained about; a false complaint convicts its author, and ends the list. */
function judge(attempt: Attempt, from: number, { complaints }: Verdict): void {
  let before = -1
  for (const complaint of complaints) {
    const inOrder = complaint.dealer > before
    before = complaint.dealer
    if (!inOrder || !isJustified(attempt, from, complaint)) {
      attempt.faults.set(from, 'falseComplaint')
      return
    }
    if (!attempt.faults.has(complaint.dealer)) attempt.faults.set(complaint.dealer, 'wrongShare')
  }
}

function isJustified(attempt: Attempt, from: number, { dealer, sharedPoint, proof }: Complaint): boolean {
  const [own, other] = [attempt.deals.get(from)?.encryptionKey, attempt.deals.get(dealer)?.encryptionKey]
  const shared = readPoint(sharedPoint)
  if (dealer === from || own === undefined || other === undefined || shared === null) return false
  if (!verifyEquality(memberContext(attempt.context, from), { own, other, shared }, proof)) return false
  return readShare(attempt, dealer, from, shared) === null
}

/** `null` for a key that the registry does not take, which honest members meet with negligible probability. */
function combine(threshold: number, { members, deals }: Attempt): Group | null {
  const all = [...deals.values()].map(({ commitments }) => commitments)
  const sums = Array.from({ length: threshold }, (_, k) =>
    all.reduce((sum, commitments) => sum.add(commitments[k] ?? Point.ZERO), Point.ZERO),
  )
  const points = [
    sums[0] ?? Point.ZERO,
    ...members.map((member) => evaluateCommitments(sums, identifierOf(member))),
  ]
  if (points.some((point) => point.is0())) return null
  const [key = '0x', ...verificationShares] = points.map(pointToHex)
  const group: Group = { threshold, members, key, verificationShares }
  return isGroupKey(groupKeyOf(group)) ? group : null
}
