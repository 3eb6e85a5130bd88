import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messages } from '../test/messages.ts'
import { configOf, signers } from '../test/table.ts'
import {
  blockDigest,
  type ConsensusMessage,
  type CoreEvent,
  createCore,
  createVoteDigest,
  FINALIZE,
  GENESIS,
  isSlashable,
  type LogRecord,
  NO_BLOCK,
  NOTARIZE,
  NULLIFY,
  type SignedVote,
  type VoteKind,
} from './index.ts'

const config = configOf(4, 0)
const digestOf = createVoteDigest(config)
const blocks = [1n, 2n, 3n].flatMap((view) =>
  ['a', 'b'].map((text) => ({
    epoch: 1n,
    view,
    parentView: 0n,
    parent: GENESIS,
    payload: new TextEncoder().encode(text),
  })),
)
const digests = blocks.map(blockDigest)

/** Votes that are truly signed, so that they get past the first check. */
const votes = fc
  .record({
    from: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom<VoteKind>(NOTARIZE, NULLIFY, FINALIZE),
    view: fc.bigInt({ min: 1n, max: 4n }),
    digest: fc.constantFrom(...digests),
  })
  .map(({ from, kind, view, digest }): CoreEvent => {
    const vote = { kind, view, digest: kind === NULLIFY ? NO_BLOCK : digest }
    const signature = signers[from]?.sign(digestOf(vote)) ?? '0x'
    return { kind: 'message', from, message: { kind: 'vote', vote: { ...vote, signature } } }
  })
const proposals = fc.constantFrom(...blocks).map((block): CoreEvent => {
  const message: ConsensusMessage = { kind: 'propose', block, justification: [] }
  return { kind: 'message', from: Number(block.view % 4n), message }
})
const nonsense = fc
  .record({ from: fc.integer({ min: 0, max: 5 }), message: messages })
  .map(
    ({ from, message }): CoreEvent =>
      message.kind === 'attest'
        ? { kind: 'timer', name: 'retry', view: 0n }
        : { kind: 'message', from, message },
  )
const own = fc.oneof(
  fc.record({
    kind: fc.constant('timer' as const),
    name: fc.constantFrom('heartbeat' as const, 'leader' as const, 'advance' as const, 'retry' as const),
    view: fc.bigInt({ min: 1n, max: 5n }),
  }),
  fc.record({
    kind: fc.constant('judged' as const),
    digest: fc.constantFrom(...digests),
    judgement: fc.constantFrom('accept' as const, 'reject' as const, 'abstain' as const),
  }),
  fc.record({
    kind: fc.constant('offer' as const),
    parent: fc.constantFrom(GENESIS, ...digests),
    payload: fc.option(fc.uint8Array({ maxLength: 3 })),
  }),
)
const events = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: votes },
    { weight: 4, arbitrary: proposals },
    { weight: 3, arbitrary: own },
    nonsense,
    fc.constant('crash' as const),
  ),
  { maxLength: 60 },
)

describe('whatever happens to it', () => {
  it('a guardian does not fail, and gives no two votes that convict it, crashes included', () => {
    fc.assert(
      fc.property(events, (list) => {
        const log: LogRecord[] = []
        const given: SignedVote[] = []
        let core = createCore(config)
        const step = (event: CoreEvent): void => {
          for (const effect of core.step(event)) {
            if (effect.kind === 'persist') log.push(effect.record)
            if (effect.kind === 'send' && effect.message.kind === 'vote') given.push(effect.message.vote)
          }
        }
        step({ kind: 'start', records: [] })
        for (const event of list) {
          if (event === 'crash') {
            core = createCore(config)
            step({ kind: 'start', records: [...log] })
          } else step(event)
        }
        const pairs = given.flatMap((a) => given.filter((b) => isSlashable(a, b)))
        expect(pairs).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('a flood of votes from one member stops nothing, and convicts it once a view', () => {
    const core = createCore(config)
    const evidence: bigint[] = []
    core.step({ kind: 'start', records: [] })
    for (let n = 0; n < 2_000; n++) {
      const vote = {
        kind: NOTARIZE,
        view: BigInt(1 + (n % 500)),
        digest: `0x${n.toString(16).padStart(64, '1')}`,
      } as const
      const signature = signers[3]?.sign(digestOf(vote)) ?? '0x'
      const message = { kind: 'vote', vote: { ...vote, signature } } as const
      for (const effect of core.step({ kind: 'message', from: 3, message })) {
        expect(effect.kind).toBe('evidence')
        if (effect.kind === 'evidence') evidence.push(effect.evidence.view)
      }
    }
    expect(new Set(evidence).size).toBe(evidence.length)
    expect(evidence.length).toBeGreaterThan(0)
    expect(evidence.length).toBeLessThanOrEqual(17)
    expect(core.status()).toMatchObject({ view: 1n, active: false })
    expect(core.checkpoint()).toEqual([])
  })
})
