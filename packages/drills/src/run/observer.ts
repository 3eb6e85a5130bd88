import type { LyingProxy } from '@breakwater/devchain'
import type { Finding } from '@breakwater/kernel'
import type { GuardianEvent, Incident } from '@breakwater/node'
import { type Fleet, type FleetOptions, startFleet } from '../fleet.ts'
import { type ProcessFleetOptions, startProcessFleet } from '../processes.ts'
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
}

export interface ObserverOptions extends FleetOptions {
  seed: number
  /** From this tick on, findings are right; `null`: never. */
  attackTick: number | null
  /** A guardian whose only provider lies. */
  liar?: { guardian: number; lie: 'hide' | 'invent' }
  /** Guardians as processes of their own, started by this `breakwater` command. */
  command?: ProcessFleetOptions['command']
  /** Called after each block: the run's own events, such as a crash. */
  script?: (tick: number, fleet: Fleet) => Promise<void>
}

/** Notes what guardians tell, each thing once, however many of them tell it. */
function createNotebook(isControl: boolean) {
  /** The first block in which findings are right; none in a control. */
  let rightFrom: bigint | null = null
  let head = 0n
  const minedAtMs = new Map<bigint, number>()
  const seen = new Set<string>()
  const result: Observed = {
    ...{ firstFindingBlock: null, actionBlock: null, detectors: [], falseAlerts: 0, falseBlocks: 0 },
    ...{ executed: 0, blinded: [], latencyMs: { finding: null, certificate: null, included: null } },
  }
  const isRight = (block: bigint) => !isControl && rightFrom !== null && block >= rightFrom
  const since = (block: bigint) => performance.now() - (minedAtMs.get(block) ?? performance.now())
  const once = (key: string): boolean => !seen.has(key) && seen.add(key).size > 0

  const noteFinding = ({ uniqueKey, rule, block }: Finding) => {
    if (!once(`${uniqueKey}@${block.number}`)) return
    if (!isRight(block.number)) {
      result.falseAlerts++
      return
    }
    if (!result.detectors.includes(rule)) result.detectors.push(rule)
    result.firstFindingBlock ??= block.number
    result.latencyMs.finding ??= since(block.number)
  }
  const noteIncident = ({ id, status, anchorNumber }: Incident) => {
    if (!once(`${id}:${status}`)) return
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
    result,
    attackBeginsIn(block: bigint) {
      rightFrom = block
    },
    mining(block: bigint) {
      head = block
      minedAtMs.set(block, performance.now())
    },
    note(event: GuardianEvent, guardian: number) {
      if (event.type === 'alert' && event.change === 'opened') noteFinding(event.finding)
      if (event.type === 'incident') noteIncident(event.incident)
      const isBlind = event.type === 'sight' && event.sight.state === 'blind'
      if (isBlind && !result.blinded.includes(guardian)) result.blinded.push(guardian)
    },
  }
}

/** Starts guardians on a world and notes what they find and do. */
export function createObserver(options: ObserverOptions): Observer {
  let fleet: Fleet | null = null
  let liar: LyingProxy | null = null
  let failure: unknown = null
  const notebook = createNotebook(options.attackTick === null)
  return {
    async begin(world, { providers }) {
      if (options.attackTick !== null) notebook.attackBeginsIn(blockOf(world, options.attackTick))
      liar = options.liar === undefined ? null : await startLiar(world, options.liar.lie)
      const deceive = (index: number) =>
        liar !== null && index === options.liar?.guardian ? [liar.url] : [world.anvil.url]
      const { seed, size, command } = options
      const watched = { providers: providers ?? deceive, onEvent: notebook.note }
      fleet =
        command === undefined
          ? await startFleet(seed, world, { ...options, ...watched })
          : await startProcessFleet(seed, world, { size, command, ...watched })
      for (const guardian of fleet.guardians) {
        guardian?.done.catch((error) => {
          failure ??= error
        })
      }
    },
    mining: notebook.mining,
    async mined(tick) {
      if (failure !== null) throw failure
      if (fleet !== null) await options.script?.(tick, fleet)
    },
    isBraked: () => notebook.result.executed > 0,
    async end() {
      await fleet?.stop()
      await liar?.stop()
    },
    observed: () => notebook.result,
  }
}
