import { circuitBreakerAbi, circuitBreakerBytecode } from '@breakwater/contracts/CircuitBreaker'
import { guardianRegistryAbi, guardianRegistryBytecode } from '@breakwater/contracts/GuardianRegistry'
import type { Address } from '@breakwater/kernel'
import type { Plan } from './plan.ts'

const DAY_SECONDS = 86_400

/** What guardians have to lose, and for how long; see `RegistryParameters`. Stake in units of its token. */
export interface StakeParameters {
  minStake: bigint
  unbondingSeconds: number
  evidenceSeconds: number
  overlapSeconds: number
  slashBps: number
  reporterBps: number
}

export const STAKE = {
  unbondingSeconds: 21 * DAY_SECONDS,
  evidenceSeconds: 14 * DAY_SECONDS,
  overlapSeconds: 600,
  slashBps: 5_000,
  reporterBps: 1_000,
} as const

export interface GuardsOptions {
  /** Who decides about guardian sets: the timelock, where there is one. */
  owner: Address
  stakeToken: Address
  /** Gets slashed stake. */
  treasury: Address
  /** The first epoch's, in the order of their bits. */
  guardians: readonly Address[]
  stake: StakeParameters
}

/** The guardians' registry, and the brake that obeys them. */
export function planGuards(plan: Plan, options: GuardsOptions): { registry: Address; breaker: Address } {
  const { owner, stakeToken: token, treasury, guardians, stake: parameters } = options
  const registryArtifact = { abi: guardianRegistryAbi, bytecode: guardianRegistryBytecode }
  const registry = plan.deploy('registry', registryArtifact, [
    { token, treasury, parameters },
    guardians,
    owner,
  ])
  const breakerArtifact = { abi: circuitBreakerAbi, bytecode: circuitBreakerBytecode }
  return { registry, breaker: plan.deploy('breaker', breakerArtifact, [registry]) }
}
