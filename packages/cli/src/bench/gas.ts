import { brakeableProbeAbi, brakeableProbeBytecode } from '@breakwater/contracts/BrakeableProbe'
import { circuitBreakerAbi, circuitBreakerBytecode } from '@breakwater/contracts/CircuitBreaker'
import { frostProbeAbi, frostProbeBytecode } from '@breakwater/contracts/FrostProbe'
import { guardedPayerAbi, guardedPayerBytecode } from '@breakwater/contracts/GuardedPayer'
import { guardianRegistryAbi, guardianRegistryBytecode } from '@breakwater/contracts/GuardianRegistry'
import { limitedPayerAbi, limitedPayerBytecode } from '@breakwater/contracts/LimitedPayer'
import { pausableAdapterAbi, pausableAdapterBytecode } from '@breakwater/contracts/PausableAdapter'
import { pausableProbeAbi, pausableProbeBytecode } from '@breakwater/contracts/PausableProbe'
import { plainPayerAbi, plainPayerBytecode } from '@breakwater/contracts/PlainPayer'
import { testDollarAbi, testDollarBytecode } from '@breakwater/contracts/TestDollar'
import { devAddress, startBareChain } from '@breakwater/drills'
import { type Action, actionDigest, type Hex, keccakText } from '@breakwater/kernel'
import { encodeFunctionData } from 'viem'
import { createGasGuardians, type GasGuardians } from './gasGuardians.ts'
import { createGasStage, type Deployed, type GasStage } from './gasStage.ts'
import type { Measure } from './measure.ts'

/** A fixed beginning makes every run alike. */
const GENESIS_SECONDS = 1_760_000_000
const [CARRIER, TREASURY, TRADER] = ['carrier', 'treasury', 'trader'].map((role) => devAddress(1, role)) as [
  Hex,
  Hex,
  Hex,
]
const DOLLAR = 10n ** 6n
const STAKE = 1_000n * DOLLAR
const BOOKED = 1_000_000n * DOLLAR
const HOUR = 3600
const DAY = 24 * HOUR
const SPEC_HASH = keccakText('specification')
const FROST_SAMPLES = 5

/** Whole transactions on a real chain, each cold and alone in its block. The same in every run. */
export async function benchGas(onProgress: (text: string) => void): Promise<Measure[]> {
  onProgress('starting a chain')
  const chain = await startBareChain(GENESIS_SECONDS)
  try {
    const guardians = createGasGuardians()
    const accounts = [CARRIER, TRADER, ...guardians.addresses]
    const stage = await createGasStage(chain, GENESIS_SECONDS, accounts)
    onProgress('deploying')
    const dollar = await stage.deploy(testDollarAbi, testDollarBytecode, [stage.owner])
    const registry = await seatGuardians(stage, dollar, guardians)
    onProgress('pausing, slashing, paying')
    return [
      ...(await benchPauses(stage, registry, guardians)),
      await benchFrost(stage, guardians),
      await benchSlash(stage, registry, guardians),
      ...(await benchPayers(stage, dollar)),
    ]
  } finally {
    await chain.stop()
  }
}

const gas = (name: string, value: number, n = 1): Measure => ({ name: `gas.${name}`, unit: 'gas', value, n })

/** A registry in its second epoch, the first whose guardians have stake, with a group key. */
async function seatGuardians(stage: GasStage, dollar: Deployed, guardians: GasGuardians): Promise<Deployed> {
  const { owner } = stage
  const parameters = {
    minStake: STAKE,
    unbondingSeconds: 21 * DAY,
    evidenceSeconds: 14 * DAY,
    overlapSeconds: 600,
    slashBps: 5_000,
    reporterBps: 1_000,
  }
  const config = { token: dollar.address, treasury: TREASURY, parameters }
  const registry = await stage.deploy(guardianRegistryAbi, guardianRegistryBytecode, [
    config,
    guardians.addresses,
    owner,
  ])
  for (const guardian of guardians.addresses) {
    await stage.send(owner, dollar, 'mint', [guardian, STAKE])
    await stage.send(guardian, dollar, 'approve', [registry.address, STAKE])
    await stage.send(guardian, registry, 'stake', [guardian, STAKE])
  }
  await stage.send(owner, registry, 'startEpoch', [guardians.addresses])
  const { x, y } = guardians.groupKey
  const digest = (await stage.call(registry, 'hashGroupKey', [2n, x, y])) as Hex
  const { bitmap, signatures } = guardians.signByQuorum(digest)
  await stage.send(owner, registry, 'installGroupKey', [x, y, bitmap, signatures])
  return registry
}

const selector = (signature: string): Hex => keccakText(signature).slice(0, 10) as Hex
const LEVELS = [
  ['delayWithdrawalsFor(uint256)', 'areWithdrawalsDelayed()'],
  ['reduceOnlyFor(uint256)', 'isReduceOnly()'],
  ['pauseFor(uint256)', 'isPaused()'],
] as const

/** The levels from `lowest` on are allowed. */
function limitsFrom(lowest: number) {
  const actions = LEVELS.map(([act, check], index) =>
    index + 1 < lowest
      ? { selector: '0x00000000', check: '0x00000000', maxDurationSeconds: 0 }
      : { selector: selector(act), check: selector(check), maxDurationSeconds: 6 * HOUR },
  )
  return {
    actions,
    cooldownSeconds: 600,
    budgetSeconds: 2 * DAY,
    liftDelaySeconds: HOUR,
    tailSeconds: lowest === 1 ? 2 * HOUR : 0,
    armDelaySeconds: 2 * DAY,
    heartbeatSeconds: 0,
    deadLevel: 0,
  }
}

/** The first pause of a target: one that OpenZeppelin's Pausable stops, and one that is braked as Harbor is. */
async function benchPauses(stage: GasStage, registry: Deployed, guardians: GasGuardians): Promise<Measure[]> {
  const { owner } = stage
  const breaker = await stage.deploy(circuitBreakerAbi, circuitBreakerBytecode, [registry.address])
  const pausable = await stage.deploy(pausableProbeAbi, pausableProbeBytecode, [owner])
  const adapter = await stage.deploy(pausableAdapterAbi, pausableAdapterBytecode, [
    breaker.address,
    owner,
    pausable.address,
  ])
  const role = await stage.call(pausable, 'PAUSER_ROLE', [])
  await stage.send(owner, pausable, 'grantRole', [role, adapter.address])
  await stage.send(owner, breaker, 'register', [adapter.address, SPEC_HASH, limitsFrom(3)])
  const harbor = await stage.deploy(brakeableProbeAbi, brakeableProbeBytecode, [owner])
  await stage.send(owner, harbor, 'setBreaker', [breaker.address])
  await stage.send(owner, breaker, 'register', [harbor.address, SPEC_HASH, limitsFrom(1)])

  const byQuorum = async (target: Deployed) => {
    const action = await nextPause(stage, breaker, target)
    return stage.measure(CARRIER, breaker, 'execute', [action, guardians.signByQuorum(actionDigest(action))])
  }
  const byGroup = async (target: Deployed) => {
    const action = await nextPause(stage, breaker, target)
    return stage.measure(CARRIER, breaker, 'executeGroup', [
      action,
      guardians.signAsGroup(actionDigest(action)),
    ])
  }
  return [
    gas('pauseEcdsa3of4', await byQuorum(adapter)),
    gas('pauseFrost', await byGroup(adapter)),
    gas('pauseHarborEcdsa3of4', await byQuorum(harbor)),
    gas('pauseHarborFrost', await byGroup(harbor)),
  ]
}

async function nextPause(stage: GasStage, breaker: Deployed, target: Deployed): Promise<Action> {
  const { number, hash, timestampSeconds } = await stage.head()
  return {
    chainId: stage.chainId,
    breaker: breaker.address,
    target: target.address,
    level: 3,
    data: encodeFunctionData({ abi: brakeableProbeAbi, functionName: 'pauseFor', args: [BigInt(HOUR)] }),
    durationSeconds: HOUR,
    incidentId: keccakText(`incident of ${target.address}`),
    specHash: SPEC_HASH,
    epoch: 2n,
    anchorNumber: number,
    anchorHash: hash,
    deadlineSeconds: timestampSeconds + 60n,
  }
}

/** Execution alone, the dearest of several signatures. */
async function benchFrost(stage: GasStage, guardians: GasGuardians): Promise<Measure> {
  const probe = await stage.deploy(frostProbeAbi, frostProbeBytecode, [])
  const { x, y } = guardians.groupKey
  let most = 0
  for (let i = 0; i < FROST_SAMPLES; i++) {
    const digest = keccakText(`message ${i}`)
    const { rx, ry, z } = guardians.signAsGroup(digest)
    const args = [digest, x, Number(2n + (y & 1n)), rx, ry, z]
    const [valid, used] = (await stage.call(probe, 'measure', args)) as [boolean, bigint]
    most = valid ? Math.max(most, Number(used)) : Number.NaN
  }
  return gas('frostVerify', most, FROST_SAMPLES)
}

/** Two blocks notarized in one view, reported to a registry that owes nobody anything yet. */
async function benchSlash(stage: GasStage, registry: Deployed, guardians: GasGuardians): Promise<Measure> {
  const [epoch, view, kind] = [2n, 41n, 0]
  const votes = []
  for (const block of ['block A', 'block B']) {
    const digest = keccakText(block)
    const signature = guardians.sign(
      3,
      (await stage.call(registry, 'hashVote', [epoch, view, kind, digest])) as Hex,
    )
    votes.push({ kind, digest, r: signature.slice(0, 66), vs: `0x${signature.slice(66)}` })
  }
  return gas('slashEvidence', await stage.measure(CARRIER, registry, 'slash', [epoch, view, ...votes]))
}

/** What a withdrawal costs more than the same one without protection: two windows, two conditions. */
async function benchPayers(stage: GasStage, dollar: Deployed): Promise<Measure[]> {
  const window = (windowSeconds: number) => ({
    capAmount: BOOKED,
    capBps: 2_000,
    reserveBps: 1_000,
    windowSeconds,
  })
  const limit = { windows: [window(HOUR), window(DAY)], smallAmount: 0n, smallSeconds: 0 }
  const args = [dollar.address, BOOKED]
  const plain = await stage.deploy(plainPayerAbi, plainPayerBytecode, args)
  const limited = await stage.deploy(limitedPayerAbi, limitedPayerBytecode, [...args, limit])
  const guarded = await stage.deploy(guardedPayerAbi, guardedPayerBytecode, args)
  const take = async (payer: Deployed) => {
    await stage.send(stage.owner, dollar, 'mint', [payer.address, BOOKED])
    return stage.measure(TRADER, payer, 'take', [TRADER, DOLLAR])
  }
  const without = await take(plain)
  const overhead = async (name: string, payer: Deployed): Promise<Measure> => {
    const value = await take(payer)
    return { ...gas(name, value - without), baseline: without, ratio: value / without }
  }
  return [await overhead('flowLimiterOverhead', limited), await overhead('invariantGuardOverhead', guarded)]
}
