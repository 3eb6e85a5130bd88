/** A guardian who follows the protocol just enough to be believed, and otherwise says what harms most. */
import {
  type Block,
  blockDigest,
  type Config,
  type ConsensusMessage,
  createVoteDigest,
  FINALIZE,
  GENESIS,
  NOTARIZE,
  NULLIFY,
  type VoteKind,
} from '@breakwater/consensus'
import { between, type Hex, pick, ZERO_HASH } from '@breakwater/kernel'
import { toPayload } from './market.ts'
import type { World } from './world.ts'

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

export function createLiar(world: World, config: Config, send: Send): Liar {
  const { rng } = world
  const { self, guardians, epoch, signing } = config
  const others = guardians.map((_, index) => index).filter((index) => index !== self)
  const digestOf = createVoteDigest(config)
  const heard: { view: bigint; digest: Hex }[] = [{ view: 0n, digest: GENESIS }]
  let latest = 1n

  const remember = (block: Block): void => {
    if (heard.length < 200) heard.push({ view: block.view, digest: blockDigest(block) })
  }
  const some = (): readonly number[] => others.filter(() => rng.next() < 0.6)
  const tellSome = (message: ConsensusMessage): void => {
    for (const to of some()) send(to, message)
  }
  const vote = (kind: VoteKind, view: bigint, digest: Hex): ConsensusMessage => {
    const signature = signing.sign(digestOf({ kind, view, digest }))
    return { kind: 'vote', vote: { kind, view, digest, signature } }
  }
  /** Goes around the last block, for whoever has not seen yet that it is final. */
  const goAround = (message: Proposal): void => {
    const { block, justification } = message
    const earlier = heard.filter(({ view }) => view < block.parentView).slice(-3)
    const { view, digest } = pick(rng, earlier.length > 0 ? earlier : heard.slice(0, 1))
    const moved = { ...block, parentView: view, parent: digest }
    send('all', { kind: 'propose', block: moved, justification })
    send('all', vote(NOTARIZE, block.view, blockDigest(moved)))
    send('all', vote(FINALIZE, block.view, blockDigest(moved)))
  }
  /** Two blocks where there should be one. */
  const equivocate = (message: Proposal): void => {
    const { block, justification } = message
    const other = { ...block, payload: rng.next() < 0.5 ? new Uint8Array(0) : toPayload(between(rng, 1, 6)) }
    remember(other)
    tellSome({ kind: 'propose', block: other, justification })
    tellSome(message)
    for (const each of [block, other]) tellSome(vote(NOTARIZE, block.view, blockDigest(each)))
    for (const each of [block, other]) tellSome(vote(FINALIZE, block.view, blockDigest(each)))
  }

  return {
    send(to, message) {
      const dice = rng.next()
      if (message.kind === 'propose' && dice < 0.7) {
        if (dice < 0.35) goAround(message)
        else equivocate(message)
      } else if (message.kind === 'vote' && rng.next() < 0.5) {
        const { view, kind, digest } = message.vote
        tellSome(message)
        tellSome(vote(kind === FINALIZE ? NULLIFY : FINALIZE, view, kind === FINALIZE ? ZERO_HASH : digest))
      } else if (rng.next() < 0.8) send(to, message)
    },
    hear(message) {
      if (message.kind === 'propose') remember(message.block)
      if (message.kind === 'vote' && message.vote.view > latest) latest = message.vote.view
    },
    babble() {
      const { digest } = pick(rng, heard)
      const view = latest + BigInt(between(rng, 0, 2))
      const nonsense: readonly ConsensusMessage[] = [
        vote(NULLIFY, view, ZERO_HASH),
        vote(NOTARIZE, view, digest),
        vote(FINALIZE, view + 1_000_000n, digest),
        { kind: 'offer', view, payload: toPayload(between(rng, 1, 999)) },
        { kind: 'askCertificates', fromView: BigInt(between(rng, 0, 5)) },
        { kind: 'askBlocks', digest, aboveView: 0n },
        {
          kind: 'certificate',
          certificate: { kind: NULLIFY, view, digest: ZERO_HASH, bitmap: 7n, signatures: [] },
        },
        { kind: 'blocks', blocks: [{ epoch, view, parentView: 0n, parent: digest, payload: toPayload(1) }] },
      ]
      tellSome(pick(rng, nonsense))
    },
  }
}
