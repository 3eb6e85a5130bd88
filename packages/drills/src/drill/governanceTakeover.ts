import { councilAbi } from '@breakwater/contracts/Council'
import { councilVetoAbi } from '@breakwater/contracts/CouncilVeto'
import { guardianVetoAbi } from '@breakwater/contracts/GuardianVeto'
import { priceFeedAbi } from '@breakwater/contracts/PriceFeed'
import { ASSETS, type Asset, feedOf } from '@breakwater/deploy'
import { type Address, concatHex, type Hex, ZERO_HASH } from '@breakwater/kernel'
import { encodeFunctionData } from 'viem'
import { devAddress } from '../chain/accounts.ts'
import { createCaller } from '../chain/caller.ts'
import { guardianSigners } from '../fleet.ts'
import { createGovernance, type Governance, type Proposal } from '../market/governance.ts'
import type { World } from '../world.ts'
import { ATTACKER_TIP_WEI, type Drill, type Intruder, PREPARING_TICKS, steps } from './drill.ts'
import { createHijacker } from './feedHijack.ts'

const DAY_SECONDS = 86_400
/** Votes mature in fourteen days. */
const LOCK_ROUND = -17
const ATTACK_TICK = 18
/** Rounds are days until the payload is executed: two to the snapshot, seven of voting, seven in the timelock. */
const VOTE_ROUND = 3
const QUEUE_ROUND = 10
const VETO_ROUND = 12
const EXECUTE_ROUND = 17
const HIJACK_ROUND = EXECUTE_ROUND + 1
const TICKS = [
  ...steps(ATTACK_TICK + HIJACK_ROUND, DAY_SECONDS, 0.25),
  ...steps(28, 1, 0.25),
  ...steps(25, 60, 1),
]
const EPOCH = 1n

/**
 * Whoever has a majority of old votes has the timelock give him the feeds, and bends the price. Borrowed and fresh votes
 * count for nothing; the majority's two payloads wait a week, in which guardians veto one and the council the other.
 */
export const governanceTakeover: Drill = {
  name: 'governance-takeover',
  class: 'captured vote (Beanstalk, April 2022; Compound, July 2024)',
  kind: 'attack',
  enforcement: 'inline',
  isLaunchable: false,
  summary: 'a bought majority decides to hand the price feeds over: both payloads are vetoed in their delay',
  // A veto costs nothing: what is vetoed never happens.
  lossLimitUsd: 0,
  startMinute: 120,
  ticks: TICKS,
  attackTick: ATTACK_TICK,
  preparingTicks: -LOCK_ROUND,
  recoveryTicks: 15,
  isAsExpected: ({ without, with: defended }) =>
    [without, defended].every(({ borrowed, fresh }) => borrowed === 'refused' && fresh === 'defeated') &&
    ASSETS.every((asset) => without[asset] === 'executed' && defended[asset] === 'cancelled'),
  create,
}

async function create(seed: number, world: World): Promise<Intruder> {
  const { node, harbor } = world
  const governance = await createGovernance(seed, world)
  const who = castOf(seed)
  const { honest, thief, accomplice, late } = who
  const hijacker = await createHijacker(seed, world, thief)
  const agenda = createAgenda(world, governance, who)
  const { payloads, borrowed, fresh } = agenda
  const hijack = async (round: number) => {
    if (!(await isOwner(world, thief))) return
    if (round === 0) {
      for (const asset of ASSETS) {
        const feed = createCaller(feedOf(harbor, asset), priceFeedAbi)
        await node.send(feed(thief, 'setReporter', [thief], { tipWei: ATTACKER_TIP_WEI + 10n ** 9n }))
      }
      world.reporter = thief
      world.isReporting = false
    }
    await hijacker.act(round)
  }
  return {
    ...hijacker,
    async prepare(ticksLeft) {
      if (ticksLeft === PREPARING_TICKS) await hijacker.prepare(ticksLeft)
      if (ticksLeft !== -LOCK_ROUND) return
      await governance.lock(thief, 3_000_000n)
      await governance.lock(accomplice, 20_000n)
    },
    async routine(round) {
      if (round === LOCK_ROUND) await governance.lock(honest, 1_000_000n)
    },
    async act(round) {
      if (round === 0) await agenda.propose()
      // After the proposal is public, and before its snapshot.
      if (round === 1) await governance.lock(late, 50_000_000n)
      if (round === VOTE_ROUND) await agenda.vote()
      for (const payload of payloads.values()) {
        if (round === QUEUE_ROUND) await governance.queue(thief, payload)
        if (round === EXECUTE_ROUND) await governance.execute(thief, payload)
      }
      if (round >= HIJACK_ROUND) await hijack(round - HIJACK_ROUND)
    },
    async defend(round) {
      if (round !== VETO_ROUND) return
      const [btc, eth] = [...payloads.values()]
      if (btc) await vetoByGuardians(seed, world, governance, await governance.operationOf(btc))
      if (eth) await vetoByCouncil(world, governance, await governance.operationOf(eth))
    },
    mend: async () => {},
    async outcome() {
      const states = await Promise.all(
        [...payloads].map(async ([asset, payload]) => [asset, String(await governance.stateOf(payload))]),
      )
      return {
        ...Object.fromEntries(states),
        borrowed: (await governance.stateOf(borrowed)) ?? 'refused',
        fresh: String(await governance.stateOf(fresh)),
      }
    },
  }
}

const castOf = (seed: number) => ({
  honest: devAddress(seed, 'honest voters'),
  thief: devAddress(seed, 'majority'),
  flash: devAddress(seed, 'borrower of votes'),
  accomplice: devAddress(seed, 'small proposer'),
  late: devAddress(seed, 'buyer of votes'),
})

/** What is proposed, and voted for: two payloads by a majority, one with borrowed votes, and one with fresh ones. */
function createAgenda({ harbor }: World, governance: Governance, who: ReturnType<typeof castOf>) {
  const { thief, flash, accomplice, late } = who
  const handover = (asset: Asset, to: Address, description: string): Proposal => ({
    ...{ target: feedOf(harbor, asset), description },
    data: encodeFunctionData({ abi: priceFeedAbi, functionName: 'transferOwnership', args: [to] }),
  })
  const payloads = new Map(ASSETS.map((asset) => [asset, handover(asset, thief, `New oracle for ${asset}`)]))
  const borrowed = handover('BTC', flash, 'Proposed with borrowed votes')
  const fresh = handover('BTC', late, 'Voted for with votes that were bought for it')
  return {
    ...{ payloads, borrowed, fresh },
    async propose() {
      await governance.lock(flash, 50_000_000n)
      await governance.propose(flash, borrowed)
      for (const payload of payloads.values()) await governance.propose(thief, payload)
      await governance.propose(accomplice, fresh)
    },
    async vote() {
      for (const payload of payloads.values()) await governance.vote(thief, payload)
      await governance.vote(late, fresh)
    },
  }
}

async function isOwner({ node, harbor }: World, account: Address): Promise<boolean> {
  const [owner] = await node.read([{ to: harbor.btcFeed, abi: priceFeedAbi, name: 'owner' }])
  return String(owner).toLowerCase() === account
}

/** The guardians that the registry knows sign, and anybody carries it. */
async function vetoByGuardians(
  seed: number,
  world: World,
  governance: Governance,
  operation: Hex,
): Promise<void> {
  const to = governance.at('guardianVeto')
  const deadline = world.timestampSeconds + BigInt(7 * DAY_SECONDS)
  const [digest] = await world.node.read([
    { to, abi: guardianVetoAbi, name: 'hashVeto', args: [operation, EPOCH, deadline] },
  ])
  const signers = guardianSigners(seed, world.guardians.length)
  const signatures = signers.map((signer) => signer.sign(digest as Hex))
  const bitmap = (1n << BigInt(signers.length)) - 1n
  const guardianVeto = createCaller(to, guardianVetoAbi)
  const args = [operation, EPOCH, deadline, bitmap, concatHex(signatures)]
  await world.node.send(guardianVeto(world.crowd.liquidator, 'veto', args))
}

/** Three of five members approve the same call; the third makes it. */
async function vetoByCouncil({ node, timestampSeconds }: World, governance: Governance, operation: Hex) {
  const council = createCaller(governance.at('council'), councilAbi)
  const call = {
    target: governance.at('councilVeto'),
    data: encodeFunctionData({ abi: councilVetoAbi, functionName: 'veto', args: [operation] }),
    deadlineSeconds: timestampSeconds + BigInt(7 * DAY_SECONDS),
    salt: ZERO_HASH,
  }
  for (const member of governance.councilMembers.slice(0, 3)) {
    await node.send(council(member, 'approve', [call]))
  }
}
