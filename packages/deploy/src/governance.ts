import { breakwaterGovernorAbi, breakwaterGovernorBytecode } from '@breakwater/contracts/BreakwaterGovernor'
import { councilAbi, councilBytecode } from '@breakwater/contracts/Council'
import { councilVetoAbi, councilVetoBytecode } from '@breakwater/contracts/CouncilVeto'
import {
  emergencyAccessManagerAbi,
  emergencyAccessManagerBytecode,
} from '@breakwater/contracts/EmergencyAccessManager'
import { governanceTimelockAbi, governanceTimelockBytecode } from '@breakwater/contracts/GovernanceTimelock'
import { governanceWiringAbi, governanceWiringBytecode } from '@breakwater/contracts/GovernanceWiring'
import { guardianVetoAbi, guardianVetoBytecode } from '@breakwater/contracts/GuardianVeto'
import { insurancePoolAbi, insurancePoolBytecode } from '@breakwater/contracts/InsurancePool'
import { parameterStewardAbi, parameterStewardBytecode } from '@breakwater/contracts/ParameterSteward'
import { underwriterVetoAbi, underwriterVetoBytecode } from '@breakwater/contracts/UnderwriterVeto'
import { voteLockAbi, voteLockBytecode } from '@breakwater/contracts/VoteLock'
import { type Address, type Hex, keccakText, ZERO_HASH } from '@breakwater/kernel'
import type { Abi } from 'viem'
import { is, isFalse, isTrue, selectorOf } from './condition.ts'
import type { Plan } from './plan.ts'

const DAY_SECONDS = 86_400
const DAY = BigInt(DAY_SECONDS)

/** Times of governance and insurance. A decision takes at most delay, period, timelock, twice, and the insisting. */
export const GOVERNANCE = {
  votingDelaySeconds: 2 * DAY_SECONDS,
  votingPeriodSeconds: 7 * DAY_SECONDS,
  lateQuorumSeconds: 2 * DAY_SECONDS,
  maturitySeconds: 14n * DAY,
  insistDelaySeconds: 30n * DAY,
  quorumPercent: 10n,
  timelockSeconds: 7n * DAY,
  underwriterThresholdBps: 3_000n,
  cover: {
    minRateBps: 50,
    maxRateBps: 2_000,
    utilisationBps: 8_000,
    claimWindowSeconds: 14 * DAY_SECONDS,
  },
  claims: { challengeSeconds: 3 * DAY_SECONDS, decisionSeconds: 75 * DAY_SECONDS, bondBps: 100 },
  exits: { delaySeconds: 21 * DAY_SECONDS, collectSeconds: 3 * DAY_SECONDS },
} as const

export interface GovernanceOptions {
  /** Wires everything and has no role afterwards. */
  deployer: Address
  /** ERC-20 that is locked for votes. */
  voteToken: Address
  /** Votes that a proposer needs, and that a quorum needs at least; in units of the vote token. */
  proposalThreshold: bigint
  quorumFloor: bigint
  /** ERC-20 that the insurance pool holds. */
  poolAsset: Address
  /** Shares that underwriters need at least to stop something, in units of the pool's shares. */
  underwriterFloor: bigint
  council: { members: readonly Address[]; threshold: bigint; termEndSeconds: bigint }
}

/** Where the parts of governance are that others are built for. */
export interface Seat {
  votes: Address
  timelock: Address
  governor: Address
}

/** Votes, governor and timelock: who owns everything else. */
export function planSeat(plan: Plan, options: GovernanceOptions): Seat {
  const { deployer, voteToken, proposalThreshold, quorumFloor } = options
  const { votingDelaySeconds, votingPeriodSeconds, lateQuorumSeconds, quorumPercent } = GOVERNANCE
  const { maturitySeconds, insistDelaySeconds, timelockSeconds } = GOVERNANCE
  const votes = plan.deploy('votes', { abi: voteLockAbi, bytecode: voteLockBytecode }, [voteToken])
  const timelockArtifact = { abi: governanceTimelockAbi, bytecode: governanceTimelockBytecode }
  const timelock = plan.deploy('timelock', timelockArtifact, [timelockSeconds, deployer])
  const settings = {
    ...{ votingDelaySeconds, votingPeriodSeconds, lateQuorumSeconds, maturitySeconds, insistDelaySeconds },
    ...{ proposalThreshold, quorumPercent, quorumFloor },
  }
  const governorArtifact = { abi: breakwaterGovernorAbi, bytecode: breakwaterGovernorBytecode }
  const governor = plan.deploy('governor', governorArtifact, [votes, timelock, settings])
  return { votes, timelock, governor }
}

/**
 * Everything else of governance, wired: council, three vetoes, emergency manager, insurance pool, steward. In the end
 * the timelock owns it, the deployer holds nothing, and the chain itself says so.
 * @param owned further contracts whose owner the timelock must be in the end
 */
export function planGovernance(
  plan: Plan,
  options: GovernanceOptions,
  seat: Seat,
  registry: Address,
  owned: readonly Address[] = [],
): void {
  const parts = planParts(plan, options, seat, registry)
  plan.stage()
  planTimelockRoles(plan, options.deployer, seat, [
    parts.councilVeto,
    parts.guardianVeto,
    parts.underwriterVeto,
  ])
  planManagerRoles(plan, options.deployer, seat.timelock, parts)
  plan.call({
    ...{ from: options.deployer, to: parts.steward, abi: parameterStewardAbi },
    ...{ functionName: 'setCouncil', args: [parts.council] },
    until: { functionName: 'council', holds: is(parts.council) },
  })
  planHandover(plan, options.deployer, seat.timelock, parts.steward, parameterStewardAbi)
  const { steward, wiring, ...roles } = parts
  const system = {
    ...{ ...seat, ...roles, registry, outsiders: [options.deployer] },
    owned: [registry, parts.pool, steward, ...owned],
    minDelaySeconds: GOVERNANCE.timelockSeconds,
  }
  plan.check('governance is wired', {
    ...{ to: wiring, abi: governanceWiringAbi, functionName: 'problemsOf', args: [system] },
    holds: (problems) => (problems as readonly string[]).length === 0,
  })
}

/** Ownership goes to the timelock. */
export function planHandover(plan: Plan, from: Address, timelock: Address, to: Address, abi: Abi): void {
  plan.call({
    ...{ from, to, abi, functionName: 'transferOwnership', args: [timelock] },
    until: { functionName: 'owner', holds: is(timelock) },
  })
}

type Parts = Record<
  'manager' | 'council' | 'councilVeto' | 'guardianVeto' | 'underwriterVeto' | 'pool' | 'steward' | 'wiring',
  Address
>

function planParts(plan: Plan, options: GovernanceOptions, seat: Seat, registry: Address): Parts {
  const { deployer, poolAsset, underwriterFloor } = options
  const { members, threshold, termEndSeconds } = options.council
  const { timelock, governor } = seat
  const { cover, claims, exits, maturitySeconds, underwriterThresholdBps } = GOVERNANCE
  const deploy = (name: string, abi: Abi, bytecode: Hex, args: readonly unknown[]) =>
    plan.deploy(name, { abi, bytecode }, args)
  const manager = deploy('manager', emergencyAccessManagerAbi, emergencyAccessManagerBytecode, [deployer])
  const council = deploy('council', councilAbi, councilBytecode, [
    timelock,
    members,
    threshold,
    termEndSeconds,
  ])
  const poolArgs = [poolAsset, timelock, registry, cover, claims, exits]
  const pool = deploy('pool', insurancePoolAbi, insurancePoolBytecode, poolArgs)
  const vetoOf = [timelock, governor]
  const underwriting = [pool, maturitySeconds, underwriterThresholdBps, underwriterFloor]
  return {
    ...{ manager, council, pool },
    councilVeto: deploy('councilVeto', councilVetoAbi, councilVetoBytecode, [...vetoOf, council]),
    guardianVeto: deploy('guardianVeto', guardianVetoAbi, guardianVetoBytecode, [...vetoOf, registry]),
    underwriterVeto: deploy('underwriterVeto', underwriterVetoAbi, underwriterVetoBytecode, [
      ...vetoOf,
      ...underwriting,
    ]),
    steward: deploy('steward', parameterStewardAbi, parameterStewardBytecode, [registry, deployer]),
    wiring: deploy('wiring', governanceWiringAbi, governanceWiringBytecode, []),
  }
}

/** The governor schedules and executes, the vetoes cancel, and nobody else does anything. */
function planTimelockRoles(
  plan: Plan,
  deployer: Address,
  { timelock, governor }: Seat,
  vetoes: readonly Address[],
): void {
  const abi = governanceTimelockAbi
  const grants = [
    ['PROPOSER_ROLE', governor],
    ['EXECUTOR_ROLE', governor],
    ...vetoes.map((veto) => ['CANCELLER_ROLE', veto] as const),
  ] as const
  for (const [name, account] of grants) {
    const args = [keccakText(name), account]
    plan.call({
      ...{ from: deployer, to: timelock, abi, functionName: 'grantRole', args },
      until: { functionName: 'hasRole', args, holds: isTrue },
    })
  }
  const args = [ZERO_HASH, deployer]
  plan.call({
    ...{ from: deployer, to: timelock, abi, functionName: 'renounceRole', args },
    until: { functionName: 'hasRole', args, holds: isFalse },
  })
}

/** Numbers of `Roles.sol`; OpenZeppelin's administrator is 0. */
const ADMIN = 0n
const EMERGENCY = 1n
const CLOSING = selectorOf('closeFor(address,uint256)')

/** The council closes targets for a while; the timelock administers; the deployer leaves. */
function planManagerRoles(
  plan: Plan,
  deployer: Address,
  timelock: Address,
  { manager, council }: Parts,
): void {
  const base = { from: deployer, to: manager, abi: emergencyAccessManagerAbi }
  plan.call({
    ...{ ...base, functionName: 'setTargetFunctionRole', args: [manager, [CLOSING], EMERGENCY] },
    until: {
      ...{ functionName: 'getTargetFunctionRole', args: [manager, CLOSING] },
      holds: (role) => role === EMERGENCY,
    },
  })
  const isMember = (answer: unknown) => (answer as readonly [boolean])[0]
  for (const [role, account] of [
    [EMERGENCY, council],
    [ADMIN, timelock],
  ] as const) {
    plan.call({
      ...{ ...base, functionName: 'grantRole', args: [role, account, 0] },
      until: { functionName: 'hasRole', args: [role, account], holds: isMember },
    })
  }
  plan.call({
    ...{ ...base, functionName: 'renounceRole', args: [ADMIN, deployer] },
    until: { functionName: 'hasRole', args: [ADMIN, deployer], holds: (answer) => !isMember(answer) },
  })
}
