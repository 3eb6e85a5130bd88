import type { Rng } from '@breakwater/kernel'
import type { Machine } from './guardian.ts'
import type { Fault, Scenario } from './options.ts'
import type { World } from './world.ts'

export interface Troubled {
  readonly world: World
  readonly healedMs: number
  readonly options: Scenario
  readonly machines: readonly Machine[]
  readonly faults: ReadonlyMap<number, Fault>
}

const MAX_JUMP_MS = 30_000

/** What happens to machines until the network has healed. Tells how often one crashes. */
export function scheduleTrouble(run: Troubled): number {
  const crashes = scheduleCrashes(run)
  if (!run.options.calm) scheduleJumps(run)
  return crashes
}

/** Machines crash and come back, one by one or, now and then, all at once. */
function scheduleCrashes({ world, healedMs, machines, faults }: Troubled): number {
  const { rng } = world
  const outage = rng.next() < 0.1 ? rng.next() * healedMs : null
  let crashes = 0
  for (const machine of machines) {
    const fault = faults.get(machine.guardian)
    if (fault !== undefined && fault !== 'amnesiac') continue
    for (const atMs of crashTimes(rng, healedMs, outage)) {
      crashes++
      world.after(atMs, machine.crash)
      world.after(atMs + 1 + rng.next() * 1_500, machine.start)
    }
  }
  return crashes
}

function crashTimes(rng: Rng, healedMs: number, outage: number | null): readonly number[] {
  const times = outage === null ? (rng.next() < 0.5 ? [rng.next() * healedMs] : []) : [outage]
  if (times.length > 0 && rng.next() < 0.3) times.push(healedMs)
  return times
}

/** One clock in three is set, forward or back. */
function scheduleJumps({ world, healedMs, machines }: Troubled): void {
  const { rng } = world
  for (const machine of machines) {
    if (rng.next() < 2 / 3) continue
    const byMs = (2 * rng.next() - 1) * MAX_JUMP_MS
    world.after(rng.next() * healedMs, () => machine.setClock(byMs))
  }
}
