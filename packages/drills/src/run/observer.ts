import type { LyingProxy } from '@breakwater/devchain'
import type { GuardianEvent } from '@breakwater/node'
import { type Fleet, type FleetOptions, startFleet } from '../fleet.ts'
import { startLiar } from './liar.ts'
import { blockOf, type Watcher } from './play.ts'

/** Milliseconds from the moment a block was mined. */
export interface Latency {
  finding: number | null
  certificate: number | null
  included: number | null
}

/** What guardians did in a play. */
export interface Observed {
  firstFindingBlock: bigint | null
  actionBlock: bigint | null
  /** Rules that found something from the attack on. */
  detectors: string[]
  /** Findings before the attack, or in a control. */
  falseAlerts: number
  /** Executed actions before the attack, or in a control. */
  falseBlocks: number
  executed: number
  /** Guardians that were blind at some time after they had begun to see. */
  blinded: number[]
  latencyMs: Latency
}

export interface Observer extends Watcher {
  observed(): Observed
  fleet(): Fleet
}

export interface ObserverOptions extends FleetOptions {
  seed: number
  /** From this tick on, findings are right; `null`: never. */
  attackTick: number | null
  /** A guardian whose only provider lies. */
  liar?: { guardian: number; lie: 'hide' | 'invent' }
  /** Called after each block: the run's own events, such as a crash. */
  script?: (tick: number, fleet: Fleet) => Promise<void>
}

/** Starts guardians on a world and notes what they find and do. */
export function createObserver(options: ObserverOptions): Observer {
  let fleet: Fleet | null = null
  let liar: LyingProxy | null = null
  let failure: unknown = null
  /** The first block in which findings are right; none in a control. */
  let rightFrom: bigint | null = null
  let head = 0n
  const minedAtMs = new Map<bigint, number>()
  const seen = new Set<string>()
  const result: Observed = {
    ...{
      firstFindingBlock: null,
      actionBlock: null,
      detectors: [],
      falseAlerts: 0,
      falseBlocks: 0,
      executed: 0,
      blinded: [],
    },
    latencyMs: { finding: null, certificate: null, included: null },
  }
  const isRight = (block: bigint) => rightFrom !== null && block >= rightFrom
  const since = (block: bigint) => performance.now() - (minedAtMs.get(block) ?? performance.now())

  const once = (key: string): boolean => {
    if (seen.has(key)) return false
    seen.add(key)
    return true
  }
  const onEvent = (event: GuardianEvent) => {
    if (event.type === 'alert' && event.change === 'opened') {
      const { finding } = event
      if (!once(`${finding.uniqueKey}@${finding.block.number}`)) return
      if (!isRight(finding.block.number)) result.falseAlerts++
      else {
        if (!result.detectors.includes(finding.rule)) result.detectors.push(finding.rule)
        result.firstFindingBlock ??= finding.block.number
        result.latencyMs.finding ??= since(finding.block.number)
      }
    }
    if (event.type !== 'incident' || !once(`${event.incident.id}:${event.incident.status}`)) return
    const { status, anchorNumber } = event.incident
    if (status === 'certified' && isRight(anchorNumber)) result.latencyMs.certificate ??= since(anchorNumber)
    if (status !== 'executed') return
    result.executed++
    if (!isRight(anchorNumber)) result.falseBlocks++
    else {
      result.actionBlock ??= head
      result.latencyMs.included ??= since(anchorNumber)
    }
  }
  return {
    async begin(world, { providers }) {
      if (options.attackTick !== null) rightFrom = blockOf(world, options.attackTick)
      liar = options.liar === undefined ? null : await startLiar(world, options.liar.lie)
      const deceive = (index: number) =>
        liar !== null && index === options.liar?.guardian ? [liar.url] : [world.anvil.url]
      fleet = await startFleet(options.seed, world, { ...options, providers: providers ?? deceive })
      fleet.guardians.forEach((guardian, index) => {
        guardian?.events.subscribe(onEvent)
        guardian?.done.catch((error) => {
          failure ??= error
        })
        guardian?.events.subscribe((event) => {
          const isBlind = event.type === 'sight' && event.sight.state === 'blind'
          if (isBlind && !result.blinded.includes(index)) result.blinded.push(index)
        })
      })
    },
    mining(block) {
      head = block
      minedAtMs.set(block, performance.now())
    },
    async mined(tick) {
      if (failure !== null) throw failure
      if (fleet !== null) await options.script?.(tick, fleet)
    },
    isBraked: () => result.executed > 0,
    async end() {
      await fleet?.stop()
      await liar?.stop()
    },
    observed: () => result,
    fleet() {
      if (fleet === null) throw new Error('the guardians have not started')
      return fleet
    },
  }
}
