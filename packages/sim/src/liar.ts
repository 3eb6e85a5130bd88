/** A guardian who follows the protocol just enough to be believed, and otherwise says what harms most. */
import {
  type Block,
  blockDigest,
  type Config,
  createVoteDigest,
  encodeMessage,
  FINALIZE,
  GENESIS,
  type Message,
  NO_BLOCK,
  NOTARIZE,
  NULLIFY,
  RULES,
  type VoteKind,
} from '@breakwater/consensus'
import {
  type Address,
  between,
  concatHex,
  type Hex,
  hexToBytes,
  pick,
  type Rng,
  toWord,
} from '@breakwater/kernel'
import { actionOf, toPayload } from './market.ts'

type Proposal = Extract<Message, { kind: 'propose' }>

export interface Liar {
  /** Says something else than what its core would say. */
  send(to: number | 'all', message: Message): void
  /** Listens, to lie better. */
  hear(message: Message): void
  /** Says something out of turn. */
  babble(): void
}

/** What a lie is made of. */
interface Mind {
  readonly rng: Rng
  readonly epoch: bigint
  readonly guardians: readonly Address[]
  /** Blocks that exist, oldest first. */
  readonly heard: { view: bigint; digest: Hex }[]
  sign(digest: Hex): Hex
  vote(kind: VoteKind, view: bigint, digest: Hex): Message
  tellAll(message: Message): void
  tellSome(message: Message): void
}

export function createLiar(
  rng: Rng,
  config: Config,
  calm: boolean,
  transmit: (to: number | 'all', bytes: Uint8Array) => void,
): Liar {
  const { self, guardians, epoch, signing } = config
  const digestOf = createVoteDigest(config)
  const send = (to: number | 'all', message: Message) => transmit(to, encodeMessage(epoch, message))
  const toSome = (say: (to: number) => void): void => {
    for (const to of guardians.keys()) if (to !== self && rng.next() < 0.6) say(to)
  }
  const mind: Mind = {
    rng,
    epoch,
    guardians,
    heard: [{ view: 0n, digest: GENESIS }],
    sign: signing.sign,
    vote(kind, view, digest) {
      const signature = signing.sign(digestOf({ kind, view, digest }))
      return { kind: 'vote', vote: { kind, view, digest, signature } }
    },
    tellAll: (message) => send('all', message),
    tellSome: (message) => toSome((to) => send(to, message)),
  }
  let latest = 1n
  /** Blocks that nobody has proposed, for those who ask. */
  const invented = new Map<Hex, Block>()
  return {
    send(to, message) {
      const dice = rng.next()
      if (message.kind === 'propose' && dice < 0.15 && !calm) inventParent(mind, invented, message)
      else if (message.kind === 'propose' && dice < 0.35) goAround(mind, message)
      else if (message.kind === 'propose' && dice < 0.7) equivocate(mind, message)
      else if (message.kind === 'vote' && dice < 0.5) contradict(mind, message)
      else if (dice < 0.9) send(to, message)
    },
    hear(message) {
      if (message.kind === 'propose') remember(mind, message.block)
      const block = message.kind === 'askBlocks' ? invented.get(message.digest) : undefined
      if (block !== undefined) mind.tellAll({ kind: 'blocks', blocks: [block] })
      if (message.kind === 'vote' && message.vote.view > latest) latest = message.vote.view
    },
    babble() {
      const view = latest + BigInt(between(rng, 0, 2))
      if (rng.next() < 0.9) mind.tellSome(nonsense(mind, view))
      else toSome((to) => transmit(to, garbage(mind, view)))
    },
  }
}

function remember({ heard }: Mind, block: Block): void {
  if (heard.length < 200) heard.push({ view: block.view, digest: blockDigest(block) })
}

/** Goes around the last block, for whoever has not seen yet that it is final. */
function goAround(mind: Mind, { block, justification }: Proposal): void {
  const { view, digest } = pickBefore(mind, block.parentView)
  insist(mind, { ...block, parentView: view, parent: digest }, justification)
}

/** Puts another block in the last one's place, which nobody has notarized. */
function inventParent(mind: Mind, invented: Map<Hex, Block>, { block, justification }: Proposal): void {
  const { view, digest } = pickBefore(mind, block.parentView)
  const parent = { ...block, view: block.parentView, parentView: view, parent: digest, payload: toPayload(1) }
  invented.set(blockDigest(parent), parent)
  insist(mind, { ...block, parent: blockDigest(parent) }, justification)
}

function pickBefore({ rng, heard }: Mind, parentView: bigint): { view: bigint; digest: Hex } {
  const earlier = heard.filter(({ view }) => view < parentView).slice(-3)
  return pick(rng, earlier.length > 0 ? earlier : heard.slice(0, 1))
}

/** All the votes for a block that this guardian has. */
function insist(mind: Mind, block: Block, justification: Proposal['justification']): void {
  mind.tellAll({ kind: 'propose', block, justification })
  mind.tellAll(mind.vote(NOTARIZE, block.view, blockDigest(block)))
  mind.tellAll(mind.vote(FINALIZE, block.view, blockDigest(block)))
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
function contradict({ tellSome, vote }: Mind, message: Extract<Message, { kind: 'vote' }>): void {
  const { view, kind, digest } = message.vote
  tellSome(message)
  tellSome(kind === FINALIZE ? vote(NULLIFY, view, NO_BLOCK) : vote(FINALIZE, view, digest))
}

/** A message that was cut off, changed, or never was one. */
function garbage(mind: Mind, view: bigint): Uint8Array {
  const { rng, epoch } = mind
  const bytes = encodeMessage(epoch, nonsense(mind, view))
  const at = between(rng, 0, bytes.length - 1)
  if (rng.next() < 0.5) return bytes.slice(0, at)
  bytes[at] = between(rng, 0, 255)
  return bytes
}

function nonsense({ rng, epoch, guardians, heard, sign, vote }: Mind, view: bigint): Message {
  const { digest } = pick(rng, heard)
  const action = actionOf(between(rng, 1, 9))
  return pick<Message>(rng, [
    vote(NULLIFY, view, NO_BLOCK),
    vote(NOTARIZE, view, digest),
    vote(FINALIZE, view + 1_000_000n, digest),
    { kind: 'offer', view, payload: toPayload(between(rng, 1, 999)) },
    { kind: 'attest', digest: action, signature: sign(rng.next() < 0.5 ? action : digest), reply: true },
    { kind: 'askCertificates', fromView: BigInt(between(rng, 0, 5)) },
    { kind: 'askBlocks', digest, aboveView: 0n },
    forged(guardians, view, digest),
    { kind: 'blocks', blocks: [{ epoch, view, parentView: 0n, parent: digest, payload: toPayload(1) }] },
  ])
}

/** A certificate with a quorum of names, none of whom signed it. */
function forged(guardians: readonly Address[], view: bigint, digest: Hex): Message {
  const quorum = RULES.quorum(guardians.length)
  const words = guardians.slice(0, quorum).flatMap((address) => [NO_BLOCK, toWord(BigInt(address))])
  const what =
    view % 2n === 0n ? ({ kind: NULLIFY, digest: NO_BLOCK } as const) : ({ kind: FINALIZE, digest } as const)
  return {
    kind: 'certificate',
    certificate: {
      ...what,
      view,
      bitmap: (1n << BigInt(quorum)) - 1n,
      signatures: hexToBytes(concatHex(words)),
    },
  }
}
