/** One guardian's part in making the group's key: the ledger, and what to write on the log next. */
import type { Hex } from '@breakwater/kernel'
import type { Group, GroupShare } from '../frostGroup.ts'
import { Scalar } from '../group.ts'
import {
  createLedger,
  type DkgBlock,
  type DkgPhase,
  type Exclusion,
  type Ledger,
  readShare,
} from './ledger.ts'
import type { DkgMessage } from './message.ts'
import { type AttemptSecret, createAttemptSecret } from './secret.ts'
import type { DkgSession } from './session.ts'

export interface DkgStatus {
  readonly phase: DkgPhase
  readonly attempt: number
  readonly members: readonly number[]
  readonly excluded: readonly Exclusion[]
}

export interface Dkg {
  /** The log's next block. All from the session's start on are needed, also those that were read before a restart. */
  step(block: DkgBlock): void
  /** What this guardian has yet to write on the log; the same until it is there, then the next, or nothing. */
  wanted(): DkgMessage | null
  status(): DkgStatus
  /** What everybody gets: the group, once it is done. */
  group(): Group | null
  /** Own part; `null` for who is no member, or was dealt a wrong share and did not complain in time. */
  share(): GroupShare | null
}

/** @throws KEYS_DKG_SESSION, KEYS_DKG_SEED */
export function createDkg(options: {
  session: DkgSession
  /** This guardian's number. */
  self: number
  /** 32 secret bytes, see `deriveSeed`. */
  seed: Uint8Array
}): Dkg {
  const { session, self, seed } = options
  const ledger = createLedger(session)
  let secret: { context: Hex; secret: AttemptSecret } | null = null
  let next: { step: string; message: DkgMessage | null } | null = null

  const secretOf = (): AttemptSecret => {
    const { context } = ledger.attempt()
    if (secret?.context !== context) {
      secret = { context, secret: createAttemptSecret({ seed, context, self, threshold: session.threshold }) }
    }
    return secret.secret
  }

  return {
    step: ledger.apply,
    wanted() {
      if (!isWanted(ledger, self)) return null
      const step = `${ledger.attempt().number} ${ledger.phase()}`
      if (next?.step !== step) next = { step, message: write(ledger, secretOf(), self) }
      return next.message
    },
    status: () => ({
      phase: ledger.phase(),
      attempt: ledger.attempt().number,
      members: ledger.attempt().members,
      excluded: ledger.excluded(),
    }),
    group: ledger.group,
    share() {
      const group = ledger.group()
      if (group === null || !group.members.includes(self)) return null
      const shares = receivedShares(ledger, secretOf(), self)
      if (shares.some(({ share }) => share === null)) return null
      const sum = shares.reduce((total, { share }) => Scalar.add(total, share ?? 0n), secretOf().share(self))
      return { group, self, secret: Scalar.toBytes(sum) }
    },
  }
}

/** Whether the present round waits for this guardian. */
function isWanted(ledger: Ledger, self: number): boolean {
  const { members, deals, sealed, verdicts, faults } = ledger.attempt()
  if (!members.includes(self) || faults.has(self)) return false
  switch (ledger.phase()) {
    case 'deals':
      return !deals.has(self)
    case 'shares':
      return !sealed.has(self)
    case 'verdicts':
      return !verdicts.has(self)
    default:
      return false
  }
}

function write(ledger: Ledger, secret: AttemptSecret, self: number): DkgMessage | null {
  const { number, members, deals, transcript } = ledger.attempt()
  if (ledger.phase() === 'deals') return secret.deal(number)
  if (transcript === null) return null
  const others = members.flatMap((member) => {
    const key = deals.get(member)?.encryptionKey
    return key === undefined || member === self ? [] : [{ member, key }]
  })
  if (ledger.phase() === 'shares') return secret.seal(number, transcript, others)
  const wrong = receivedShares(ledger, secret, self).filter(({ share }) => share === null)
  const complaints = wrong.map(({ dealer, key }) => secret.complain(dealer, key))
  return { kind: 'verdict', attempt: number, complaints }
}

/** By dealer: the share that this guardian was sent; `null` for a wrong one. */
function receivedShares(ledger: Ledger, secret: AttemptSecret, self: number) {
  const attempt = ledger.attempt()
  return attempt.members.flatMap((dealer) => {
    const key = attempt.deals.get(dealer)?.encryptionKey
    if (dealer === self || key === undefined) return []
    return [{ dealer, key, share: readShare(attempt, dealer, self, secret.sharedPoint(key)) }]
  })
}
