/**
 * What making a key and signing with it cost one guardian, measured where it runs: for benches.
 * @module
 */
import { assert, defined, type Hex, keccakText, type Rng } from '@breakwater/kernel'
import { createDkg } from './dkg/dkg.ts'
import { type DkgMessage, encodeDkgMessage } from './dkg/message.ts'
import { createAttemptSecret, SEED_BYTES } from './dkg/secret.ts'
import { attemptContext, type DkgSession, transcriptHash } from './dkg/session.ts'
import type { GroupShare } from './frostGroup.ts'
import { readPoint, Scalar } from './group.ts'
import { createSigningEngine, type SigningJob, type SigningResult } from './signingEngine.ts'
import type { NonceCommitment } from './signingSession.ts'

/** Milliseconds of one guardian's time. */
export interface SigningCost {
  /** Its deal, and looking at everybody's. */
  readonly dkgDealsMs: number
  /** Encrypting its shares. */
  readonly dkgSharesMs: number
  /** Looking at the shares that it was sent, and finding the group's key. */
  readonly dkgVerdictsMs: number
  /** Preparing one pair of nonces. */
  readonly nonceMs: number
  readonly signShareMs: number
  /** Adding t right shares, the signature's verification included. */
  readonly aggregateMs: number
  /** Finding who f of t wrong shares are from. */
  readonly blameMs: number
}

type Timed = <T>(work: () => T) => [result: T, timeMs: number]

/** @param nowMs a clock with fractions of a millisecond */
export function measureSigning(guardians: number, rng: Rng, nowMs: () => number): SigningCost {
  const timed: Timed = (work) => {
    const startMs = nowMs()
    const result = work()
    return [result, nowMs() - startMs]
  }
  const { shares, ...made } = makeKey(guardians, rng, timed)
  return { ...made, ...sign(shares, rng, timed) }
}

/** Guardian 0 as it is; of the others only what it sees of them. */
function makeKey(guardians: number, rng: Rng, timed: Timed) {
  const session: DkgSession = {
    chainId: 1n,
    registry: `0x${'00'.repeat(20)}`,
    epoch: 1n,
    guardians,
    threshold: guardians - Math.floor((guardians - 1) / 3),
    start: 0n,
    roundBlocks: 1n,
  }
  const members = Array.from({ length: guardians }, (_, guardian) => guardian)
  const context = attemptContext(session, 0, members)
  const seeds = members.map(() => rng.bytes(SEED_BYTES))
  const secrets = seeds.map((seed, self) =>
    createAttemptSecret({ seed, context, self, threshold: session.threshold }),
  )
  const own = createDkg({ session, self: 0, seed: defined(seeds[0], 'a seed') })
  let position = 0n
  /** One round: what the others write, what guardian 0 does with it and its own. */
  const round = (written: readonly DkgMessage[]): number => {
    const others = written.slice(1).map((message, i) => ({ from: i + 1, message: encodeDkgMessage(message) }))
    const [, timeMs] = timed(() => {
      const message = encodeDkgMessage(defined(own.wanted(), 'the next message'))
      own.step({ position: position++, messages: [{ from: 0, message }, ...others] })
    })
    return timeMs
  }
  const deals = secrets.map((secret) => secret.deal(0))
  const keys = deals.map(({ encryptionKey }) => defined(readPoint(encryptionKey), 'a key'))
  const transcript = transcriptHash(context, deals)
  const dkgDealsMs = round(deals)
  const [, dkgSharesMs] = timed(() => own.wanted())
  round(
    secrets.map((secret, self) => {
      const receivers = keys.map((key, member) => ({ member, key })).filter(({ member }) => member !== self)
      return secret.seal(0, transcript, receivers)
    }),
  )
  const dkgVerdictsMs = round(members.map(() => ({ kind: 'verdict', attempt: 0, complaints: [] })))
  const group = defined(own.group(), 'the group')
  const shares = members.map((self): GroupShare => {
    const secret = secrets.reduce((sum, dealer) => Scalar.add(sum, dealer.share(self)), 0n)
    return { group, self, secret: Scalar.toBytes(secret) }
  })
  return { shares, dkgDealsMs, dkgSharesMs, dkgVerdictsMs }
}

function sign(shares: readonly GroupShare[], rng: Rng, timed: Timed) {
  const { threshold } = defined(shares[0], 'a share').group
  const engines = shares.slice(0, threshold).map((share) => createSigningEngine(share, rng))
  const times: Record<SigningJob['kind'], number[]> = { prepare: [], sign: [], check: [] }
  const run = (guardian: number, job: SigningJob): SigningResult => {
    const [result, timeMs] = timed(() => defined(engines[guardian], 'an engine').run(job))
    times[job.kind].push(timeMs)
    return result
  }
  const signers = engines.map((_, guardian) => {
    const result = run(guardian, { kind: 'prepare', coordinator: 0, count: 1 })
    const made: readonly NonceCommitment[] = result.kind === 'prepared' ? result.commitments : []
    return { guardian, ...defined(made[0], 'nonces') }
  })
  const digest = keccakText('what is signed')
  const task = { digest, signers }
  const given = engines.map((_, guardian) => {
    const result = run(guardian, { kind: 'sign', coordinator: 0, session: 0, task })
    return { guardian, share: defined(result.kind === 'signed' ? result.signed : null, 'a share').share }
  })
  const faults = shares.length - threshold
  const wrong: Hex = `0x${'11'.repeat(32)}`
  // Two engines: each meets the session for the first time.
  const right = run(0, { kind: 'check', session: 0, task, shares: given })
  const bad = given.map((one, i) => (i < faults ? { ...one, share: wrong } : one))
  const blamed = run(1, { kind: 'check', session: 0, task, shares: bad })
  assert(right.kind === 'checked' && right.signature !== null, 'right shares make a signature')
  assert(blamed.kind === 'checked' && blamed.cheaters.length === faults, 'whoever is wrong is found')
  const [aggregateMs = 0, blameMs = 0] = times.check
  return { nonceMs: median(times.prepare), signShareMs: median(times.sign), aggregateMs, blameMs }
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}
