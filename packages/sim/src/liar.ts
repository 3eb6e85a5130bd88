/** A guardian who follows the protocol just enough to be believed, and otherwise says what harms most. */
import {
  type Block,
  blockDigest,
  type Config,
  type ConsensusMessage,
  createVoteDigest,
  FINALIZE,
  GENESIS,
  NO_BLOCK,
  NOTARIZE,
  NULLIFY,
  type VoteKind,
} from '@breakwater/consensus'
import { between, type Hex, pick, type Rng } from '@breakwater/kernel'
import { toPayload } from './market.ts'

type Proposal = Extract<ConsensusMessage, { kind: 'propose' }>
type Send = (to: number | 'all', message: ConsensusMessage) => void

export interface Liar {
  /** Says something else than what its core would say. */
  send: Send
  /** Listens, to lie better. */
  hear(message: ConsensusMessage): void
  /** Says something out of turn. */
  babble(): void
}

/** What a lie is made of. */
interface Mind {
  readonly rng: Rng
  readonly epoch: bigint
  /** Blocks that exist, oldest first. */
  readonly heard: { view: bigint; digest: Hex }[]
  vote(kind: VoteKind, view: bigint, digest: Hex): ConsensusMessage
  tellAll(message: ConsensusMessage): void
  tellSome(message: ConsensusMessage): void
}

export function createLiar(rng: Rng, config: Config, send: Send): Liar {
  const { self, guardians, epoch, signing } = config
  const digestOf = createVoteDigest(config)
  const mind: Mind = {
    rng,
    epoch,
    heard: [{ view: 0n, digest: GENESIS }],
    vote(kind, view, digest) {
      const signature = signing.sign(digestOf({ kind, view, digest }))
      return { kind: 'vote', vote: { kind, view, digest, signature } }
    },
    tellAll: (message) => send('all', message),
    tellSome(message) {
      for (const to of guardians.keys()) if (to !== self && rng.next() < 0.6) send(to, message)
    },
  }
  let latest = 1n
  return {
    send(to, message) {
      const dice = rng.next()
      if (message.kind === 'propose' && dice < 0.35) goAround(mind, message)
      else if (message.kind === 'propose' && dice < 0.7) equivocate(mind, message)
      else if (message.kind === 'vote' && dice < 0.5) contradict(mind, message)
      else if (dice < 0.9) send(to, message)
    },
    hear(message) {
      if (message.kind === 'propose') remember(mind, message.block)
      if (message.kind === 'vote' && message.vote.view > latest) latest = message.vote.view
    },
    babble: () => mind.tellSome(nonsense(mind, latest + BigInt(between(rng, 0, 2)))),
  }
}

function remember({ heard }: Mind, block: Block): void {
  if (heard.length < 200) heard.push({ view: block.view, digest: blockDigest(block) })
}

/** Goes around the last block, for whoever has not seen yet that it is final. */
function goAround(mind: Mind, { block, justification }: Proposal): void {
  const earlier = mind.heard.filter(({ view }) => view < block.parentView).slice(-3)
  const { view, digest } = pick(mind.rng, earlier.length > 0 ? earlier : mind.heard.slice(0, 1))
  const moved = { ...block, parentView: view, parent: digest }
  mind.tellAll({ kind: 'propose', block: moved, justification })
  mind.tellAll(mind.vote(NOTARIZE, block.view, blockDigest(moved)))
  mind.tellAll(mind.vote(FINALIZE, block.view, blockDigest(moved)))
}

/** Two blocks where there should be one. */
function equivocate(mind: Mind, message: Proposal): void {
  const { block, justification } = message
  const { rng, tellSome, vote } = mind
  const other = { ...block, payload: rng.next() < 0.5 ? new Uint8Array(0) : toPayload(between(rng, 1, 6)) }
  remember(mind, other)
  tellSome({ kind: 'propose', block: other, justification })
  tellSome(message)
  for (const kind of [NOTARIZE, FINALIZE] as const) {
    for (const each of [block, other]) tellSome(vote(kind, block.view, blockDigest(each)))
  }
}

/** A vote to some, and to some its contrary. */
function contradict({ tellSome, vote }: Mind, message: Extract<ConsensusMessage, { kind: 'vote' }>): void {
  const { view, kind, digest } = message.vote
  tellSome(message)
  tellSome(kind === FINALIZE ? vote(NULLIFY, view, NO_BLOCK) : vote(FINALIZE, view, digest))
}

function nonsense({ rng, epoch, heard, vote }: Mind, view: bigint): ConsensusMessage {
  const { digest } = pick(rng, heard)
  return pick<ConsensusMessage>(rng, [
    vote(NULLIFY, view, NO_BLOCK),
    vote(NOTARIZE, view, digest),
    vote(FINALIZE, view + 1_000_000n, digest),
    { kind: 'offer', view, payload: toPayload(between(rng, 1, 999)) },
    { kind: 'askCertificates', fromView: BigInt(between(rng, 0, 5)) },
    { kind: 'askBlocks', digest, aboveView: 0n },
    {
      kind: 'certificate',
      certificate: { kind: NULLIFY, view, digest: NO_BLOCK, bitmap: 7n, signatures: [] },
    },
    { kind: 'blocks', blocks: [{ epoch, view, parentView: 0n, parent: digest, payload: toPayload(1) }] },
  ])
}
