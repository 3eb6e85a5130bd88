import { assert, BaseError, type Clock } from '@breakwater/kernel'
import { type Answer, consult, type Question, type Round } from './consult.ts'
import { createEndpoint } from './endpoint.ts'
import type { Header, Proof } from './header.ts'
import { createPanel, type Panel } from './panel.ts'
import type { BlockFacts, ReadPlan } from './plan.ts'
import type { Rpc } from './rpc/rpc.ts'
import { isWhole, lowest, weighHeaders, weighViews } from './weigh.ts'

export interface SourceOptions {
  chainId: bigint
  /** How long providers may differ about a block before they are held to contradict each other. */
  graceMs: number
  proof: Proof
}

export const DEFAULT_GRACE_MS = 2_000

export interface AgreedBlock {
  facts: BlockFacts
  /** Whether it rests on the word of one provider, or on a header that was not recomputed. */
  isUnverified: boolean
}

/**
 * The chain as one or several providers tell it.
 *
 * With one provider everything is on its word, as far as header and receipts do not prove it. From two on, all that
 * can keep up must tell the same: block hash at a height, transactions, receipts and values. Whoever cannot keep up
 * within the grace time is left out, the facts then rest on fewer voices. That is safe as far as a chain told by a
 * single provider is: a liar who outruns the honest can pass off blocks until the honest head is heard, which
 * contradicts them. Who does not want to act on that acts only while the sight is `clear`.
 */
export interface Source {
  readonly panel: Panel
  readonly clock: Clock
  /** @throws CHAIN_CONFLICT, CHAIN_ABSENT, CHAIN_UNREACHABLE, CHAIN_WRONG_ID */
  header(number: bigint, signal: AbortSignal): Promise<Header>
  /** The newest block that all agree is final. The same errors. */
  finalHeader(signal: AbortSignal): Promise<Header>
  /** The same errors. */
  block(number: bigint, signal: AbortSignal): Promise<AgreedBlock>
}

/** @throws CHAIN_NO_PROVIDER when `rpcs` is empty. */
export function createSource(
  { chainId, graceMs, proof }: SourceOptions,
  { rpcs, plan, clock }: { rpcs: readonly Rpc[]; plan: ReadPlan; clock: Clock },
): Source {
  if (rpcs.length === 0) {
    throw new BaseError('CHAIN_NO_PROVIDER', `no provider is given for chain ${chainId}`, {
      hint: 'name at least one RPC URL',
    })
  }
  const endpoints = distinctLabels(rpcs).map((rpc) => createEndpoint(rpc, chainId, proof))
  const panel = createPanel(endpoints, graceMs)
  const endpointOf = (label: string) => {
    const member = panel.members.get(label)
    if (member === undefined) throw new BaseError('CHAIN_NO_PROVIDER', `there is no provider ${label}`)
    return member.endpoint
  }
  const ask = async <T>(question: Question<T>, signal: AbortSignal): Promise<Answer<T>> => {
    const round = await consult(panel.voting(), question, { graceMs, clock, signal })
    panel.concluded(round)
    return answerOf(round)
  }
  return {
    panel,
    clock,
    async header(number, signal) {
      const read = (label: string, ending: AbortSignal) => endpointOf(label).header(number, ending)
      return (
        await ask({ what: `block ${number}`, ask: read, isWhole: () => true, weigh: weighHeaders }, signal)
      ).value
    },
    async finalHeader(signal) {
      const read = (label: string, ending: AbortSignal) => endpointOf(label).header('finalized', ending)
      const question = { what: 'a finalized block', ask: read, isWhole: () => true, weigh: lowest }
      // Who is late with finality can still be in time with blocks: this says nothing about its standing.
      return answerOf(await consult(panel.voting(), question, { graceMs, clock, signal })).value
    },
    async block(number, signal) {
      const heads = [...panel.members.values()].map(({ head }) => head)
      const announced = heads.find((head) => head?.ref.number === number) ?? null
      const read = (label: string, ending: AbortSignal) =>
        endpointOf(label).block(number, plan, announced, ending)
      const { value, voices } = await ask(
        { what: `block ${number}`, ask: read, isWhole, weigh: weighViews },
        signal,
      )
      assert(isWhole(value), 'the outcome is a whole answer')
      return {
        facts: { block: value.header.ref, ...value.content },
        isUnverified: voices < 2 || proof === 'trusted',
      }
    },
  }
}

function answerOf<T>({ outcome }: Round<T>): Answer<T> {
  if (outcome instanceof BaseError) throw outcome
  return outcome
}

/** Two providers of one host are told apart by their place in the list. */
function distinctLabels(rpcs: readonly Rpc[]): readonly Rpc[] {
  return rpcs.map((rpc, index) => {
    const isUnique = rpcs.every((other, i) => i === index || other.label !== rpc.label)
    return isUnique ? rpc : { ...rpc, label: `${rpc.label} #${index + 1}` }
  })
}
