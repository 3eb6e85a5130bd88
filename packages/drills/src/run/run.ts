import type { Drill, Enforcement, Outcomes } from '../drill/drill.ts'
import { DECEIVED } from '../drill/providerLies.ts'
import { type FleetOptions, guardianAddresses } from '../fleet.ts'
import { createObserver, type Latency, type ObserverOptions } from './observer.ts'
import { type Played, play } from './play.ts'

/** The result of a drill, as `drill run --json` prints it: one object a line. */
export interface DrillResult {
  drill: string
  class: string
  enforcement: Enforcement
  lossWithoutUsd: number
  lossWithUsd: number
  /** Bad debt that would not be there without the brake. */
  pauseCostUsd: number
  lossLimitUsd: number
  firstHarmBlock: number | null
  firstFindingBlock: number | null
  /** When guardians braked, or somebody did because they were silent. */
  actionBlock: number | null
  /** Blocks from the first finding to the action. */
  inclusionBlocks: number | null
  detectors: readonly string[]
  benignTransactions: number
  falseBlocks: number
  falseAlerts: number
  guardians: number
  latencyMs: Latency
  /** What else came of each run. */
  outcomes: Outcomes
  /** Whether the loss stayed below its limit, and nothing was blocked that should not be. */
  passed: boolean
}

export interface RunOptions {
  seed: number
  guardians: number
  /** Real time of a block while guardians watch. */
  blockMs: number
  /** What else happens to the guardians. */
  script?: ObserverOptions['script']
  /** To guardians within this process. */
  channels?: FleetOptions['channels']
  /** Guardians as processes of their own, started by this `breakwater` command. */
  command?: ObserverOptions['command']
  /** A guardian whose only provider lies about the traders' claims. */
  liar?: { guardian: number; lie: 'hide' | 'invent' }
  onPhase?: (phase: 'baseline' | 'without' | 'with') => void
}

/**
 * Plays a drill three times from the same seed: without the attacker, with him, and with him against guardians. Losses
 * are differences of the protocol's wealth at the market's price to the first.
 */
export async function runDrill(drill: Drill, options: RunOptions): Promise<DrillResult> {
  const { seed, guardians: size, blockMs, onPhase = () => {} } = options
  const isAttack = drill.kind === 'attack'
  const guardians = guardianAddresses(seed, size)
  onPhase('baseline')
  const baseline = await play(drill, { seed, guardians, attacked: false, blockMs: 0 }, null)
  if (isAttack) onPhase('without')
  const without = isAttack
    ? await play(drill, { seed, guardians, attacked: true, blockMs: 0 }, null)
    : baseline
  onPhase('with')
  const script = options.script ?? drill.script
  const observer = createObserver({
    ...{ seed, size, attackTick: isAttack ? drill.attackTick : null },
    ...(script && { script }),
    ...(options.channels && { channels: options.channels }),
    ...(options.command && { command: options.command }),
    ...(options.liar && { liar: options.liar }),
  })
  const played = await play(drill, { seed, guardians, attacked: true, blockMs }, observer)
  const { firstFindingBlock, actionBlock, detectors, falseAlerts, falseBlocks, latencyMs, blinded } =
    observer.observed()
  const loss = ({ books }: Played) => toUsd(baseline.books.wealth - books.wealth)
  const number = (block: bigint | null) => (block === null ? null : Number(block))
  const lossWithUsd = loss(played)
  const wasDeceived = drill.name !== 'provider-lies' || (blinded.length === 1 && blinded[0] === DECEIVED)
  const outcomes = { baseline: baseline.outcome, without: without.outcome, with: played.outcome }
  const isAsExpected = wasDeceived && (drill.isAsExpected?.(outcomes) ?? true)
  return {
    ...{ drill: drill.name, class: drill.class, enforcement: drill.enforcement },
    ...{ lossWithoutUsd: loss(without), lossWithUsd },
    pauseCostUsd: Math.max(0, toUsd(played.books.badDebt - baseline.books.badDebt)),
    lossLimitUsd: drill.lossLimitUsd,
    firstHarmBlock: number(played.firstHarmBlock),
    firstFindingBlock: number(firstFindingBlock),
    actionBlock: number(actionBlock ?? played.deadModeBlock),
    inclusionBlocks:
      actionBlock === null || firstFindingBlock === null ? null : Number(actionBlock - firstFindingBlock),
    ...{ detectors, benignTransactions: played.transactions, falseBlocks, falseAlerts, guardians: size },
    latencyMs: {
      finding: round(latencyMs.finding),
      certificate: round(latencyMs.certificate),
      included: round(latencyMs.included),
    },
    outcomes,
    passed: lossWithUsd <= drill.lossLimitUsd && falseBlocks === 0 && isAsExpected,
  }
}

function toUsd(units: bigint): number {
  return Math.round(Number(units) / 1e4) / 100
}

function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms)
}
