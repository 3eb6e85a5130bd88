import { breakwaterGovernorAbi } from '@breakwater/contracts/BreakwaterGovernor'
import { governanceTimelockAbi } from '@breakwater/contracts/GovernanceTimelock'
import { guardianRegistryAbi } from '@breakwater/contracts/GuardianRegistry'
import { priceFeedAbi } from '@breakwater/contracts/PriceFeed'
import { testDollarAbi, testDollarBytecode } from '@breakwater/contracts/TestDollar'
import { voteLockAbi } from '@breakwater/contracts/VoteLock'
import {
  ASSETS,
  createPlan,
  feedOf,
  type Harbor,
  type Plan,
  planGovernance,
  planHandover,
  planSeat,
  runPlan,
} from '@breakwater/deploy'
import { type Address, type Hex, keccakText, ZERO_HASH } from '@breakwater/kernel'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import { createDevChain } from '../chain/devChain.ts'
import type { World } from '../world.ts'

/** One call that governance is asked to make. */
export interface Proposal {
  target: Address
  data: Hex
  description: string
}

/** Real governance, beside Harbor on its chain: it owns the feeds, so that it decides who reports prices. */
export interface Governance {
  councilMembers: readonly Address[]
  at(name: string): Address
  /** Mints tokens to somebody, who locks them for the longest notice: a vote a token. */
  lock(voter: Address, tokens: bigint): Promise<void>
  propose(voter: Address, proposal: Proposal): Promise<Hex>
  vote(voter: Address, proposal: Proposal): Promise<void>
  queue(anybody: Address, proposal: Proposal): Promise<void>
  execute(anybody: Address, proposal: Proposal): Promise<void>
  /** A `ProposalState`; `null` when nobody proposed it. */
  stateOf(proposal: Proposal): Promise<string | null>
  /** The timelock's number for it. */
  operationOf(proposal: Proposal): Promise<Hex>
}

const TOKEN = 10n ** 6n
const FOR = 1
const COUNCIL = 5
const LONGEST_NOTICE_SECONDS = 104n * 7n * 86_400n
const TERM_SECONDS = 180n * 86_400n
const STATES = ['pending', 'active', 'cancelled', 'defeated', 'succeeded', 'queued', 'expired', 'executed']

export async function createGovernance(seed: number, world: World): Promise<Governance> {
  const { node, harbor } = world
  const { owner } = harbor
  const plan = createPlan(owner, keccakText('governance of a drill'))
  const voteToken = plan.deploy('voteToken', { abi: testDollarAbi, bytecode: testDollarBytecode }, [owner])
  const councilMembers = Array.from({ length: COUNCIL }, (_, i) => devAddress(seed, `council ${i}`))
  const options = {
    ...{ deployer: owner, voteToken, poolAsset: harbor.usdc },
    ...{ proposalThreshold: 10_000n * TOKEN, quorumFloor: 100_000n * TOKEN, underwriterFloor: 10n ** 18n },
    council: {
      members: councilMembers,
      threshold: 3n,
      termEndSeconds: world.timestampSeconds + TERM_SECONDS,
    },
  }
  const seat = planSeat(plan, options)
  const feeds = ASSETS.map((asset) => feedOf(harbor, asset))
  planRegistry(plan, harbor, seat.timelock)
  planGovernance(plan, options, seat, harbor.registry, feeds)
  for (const feed of feeds) planHandover(plan, owner, seat.timelock, feed, priceFeedAbi)
  await node.fund([seat.timelock])
  await runPlan(plan, createDevChain(node, world.timestampSeconds + 1n))
  const newest = (await node.request('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
  world.startBlock = BigInt(newest.number ?? 0)
  world.timestampSeconds = BigInt(newest.timestamp ?? 0)
  await node.fund(councilMembers)
  const at = (name: string): Address => plan.contracts.get(name) as Address
  return { councilMembers, at, ...createBallots(world, at) }
}

/** In two steps, of which the second is the timelock's: the development node sends for it, as a decision would. */
function planRegistry(plan: Plan, { registry, owner }: Harbor, timelock: Address): void {
  const isGiven = {
    functionName: 'owner',
    holds: (now: unknown) => String(now).toLowerCase() === timelock,
  }
  const call = { to: registry, abi: guardianRegistryAbi, until: isGiven }
  plan.stage()
  plan.call({ ...call, from: owner, functionName: 'transferOwnership', args: [timelock] })
  plan.call({ ...call, from: timelock, functionName: 'acceptOwnership' })
}

/** What anybody can do with the governor. */
function createBallots({ node, harbor }: World, at: Governance['at']) {
  const governor = createCaller(at('governor'), breakwaterGovernorAbi)
  const token = createCaller(at('voteToken'), testDollarAbi)
  const votes = createCaller(at('votes'), voteLockAbi)
  const callsOf = ({ target, data, description }: Proposal) =>
    [[target], [0n], [data], keccakText(description)] as const
  const idOf = async (proposal: Proposal) => {
    const [id] = await node.read([
      { to: at('governor'), abi: breakwaterGovernorAbi, name: 'hashProposal', args: callsOf(proposal) },
    ])
    return id as bigint
  }
  return {
    async lock(voter: Address, tokens: bigint) {
      await node.fund([voter])
      await node.send(token(harbor.owner, 'mint', [voter, tokens * TOKEN]))
      await node.send(token(voter, 'approve', [at('votes'), tokens * TOKEN]))
      await node.send(votes(voter, 'lock', [tokens * TOKEN, LONGEST_NOTICE_SECONDS]))
    },
    propose: (voter: Address, { target, data, description }: Proposal) =>
      node.send(governor(voter, 'propose', [[target], [0n], [data], description])),
    async vote(voter: Address, proposal: Proposal) {
      await node.send(governor(voter, 'castVote', [await idOf(proposal), FOR]))
    },
    async queue(anybody: Address, proposal: Proposal) {
      await node.send(governor(anybody, 'queue', callsOf(proposal)))
    },
    async execute(anybody: Address, proposal: Proposal) {
      await node.send(governor(anybody, 'execute', callsOf(proposal)))
    },
    async stateOf(proposal: Proposal) {
      const id = await idOf(proposal)
      const [snapshot, state] = await Promise.all(
        ['proposalSnapshot', 'state'].map((name) =>
          node
            .read([{ to: at('governor'), abi: breakwaterGovernorAbi, name, args: [id] }])
            .then(([answer]) => answer)
            .catch(() => null),
        ),
      )
      return snapshot === 0n || state === null ? null : (STATES[Number(state)] ?? null)
    },
    async operationOf({ target, data, description }: Proposal) {
      // The governor's salt is its own address and what the proposal says.
      const salt = saltOf(at('governor'), description)
      const [id] = await node.read([
        {
          ...{ to: at('timelock'), abi: governanceTimelockAbi, name: 'hashOperationBatch' },
          args: [[target], [0n], [data], ZERO_HASH, salt],
        },
      ])
      return id as Hex
    },
  }
}

/** As OpenZeppelin's GovernorTimelockControl makes it. */
function saltOf(governor: Address, description: string): Hex {
  const salt = (BigInt(governor) << 96n) ^ BigInt(keccakText(description))
  return `0x${salt.toString(16).padStart(64, '0')}`
}
