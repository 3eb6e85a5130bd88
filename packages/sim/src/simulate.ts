import {
  type Config,
  createSigning,
  decodeMessage,
  faultsOf,
  type Message,
  RULES,
  type Signing,
} from '@breakwater/consensus'
import { between, defined, type Hex, type Rng } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'
import { type Checkers, createCheckers } from './checkers.ts'
import { createFakeSigning, fakeAddress } from './fakeSigning.ts'
import { createMachine, type Machine } from './guardian.ts'
import { createLiar, type Liar } from './liar.ts'
import { createOffers, type Offered } from './market.ts'
import { createNetwork, type Network } from './network.ts'
import type { DiskKind, Fault, Outcome, SimOptions } from './options.ts'
import { createPool, type Pool } from './pool.ts'
import { createWorld, type World } from './world.ts'

const EPOCH = 1n
const DELTA_MS = 100
const HEARTBEAT_MS = 2_000
const BABBLE_MS = 150

/** What the parts of one run share. */
interface Run {
  readonly options: SimOptions
  readonly world: World
  readonly network: Network
  readonly healedMs: number
  readonly faults: ReadonlyMap<number, Fault>
  readonly honest: readonly number[]
  readonly checkers: Checkers
  readonly configs: readonly Config[]
  readonly offers: readonly Offered[]
  readonly machines: Machine[]
  readonly pool: Pool
  crashes: number
}

/** One run of a guardian network: the same seed and options, the same run on every machine. */
export async function simulate(seed: number, options: SimOptions): Promise<Outcome> {
  const run = createRun(seed, options)
  for (let guardian = 0; guardian < options.guardians; guardian++) addGuardian(run, guardian)
  for (const machine of run.machines) machine.start()
  scheduleCrashes(run)
  for (const offer of run.offers) {
    for (const { guardian, atMs } of offer.seen) {
      for (const machine of run.machines) {
        if (machine.guardian === guardian) run.world.after(atMs, () => machine.know(offer.id))
      }
    }
  }
  const madeMs = Math.max(run.healedMs, ...run.offers.flatMap(({ seen }) => seen.map(({ atMs }) => atMs)))
  const isWrong = () => run.checkers.violations.length > 0
  const goal = createGoal(run)
  const isSettled = () => run.world.nowMs() >= madeMs && goal.isReached()
  let steps = await run.world.run(madeMs + (options.patienceMs ?? 150_000), () => isWrong() || isSettled())
  const settledMs = Math.max(0, run.world.nowMs() - madeMs)
  steps += await run.world.run(run.world.nowMs() + (options.idleMs ?? 0), isWrong)
  return {
    seed,
    guardians: options.guardians,
    faulty: [...run.faults].map(([guardian, fault]) => ({ guardian, fault })),
    violations: run.checkers.violations,
    stalls: isWrong() ? [] : goal.missing(),
    culprits: run.pool.culprits(),
    blocks: run.checkers.blocks(),
    views: Math.max(...run.machines.map(({ view }) => Number(view()))),
    crashes: run.crashes,
    settledMs,
    steps,
  }
}

function createRun(seed: number, options: SimOptions): Run {
  const { guardians } = options
  const world = createWorld(seed)
  const { rng } = world
  const healedMs = (0.1 + 0.9 * rng.next()) * (options.stormMs ?? 5_000)
  const faults = chooseFaults(rng, options)
  const everybody = Array.from({ length: guardians }, (_, guardian) => guardian)
  const honest = everybody.filter((guardian) => !faults.has(guardian))
  const configs = configure(options)
  const quorum = RULES.quorum(guardians)
  return {
    options,
    world,
    network: createNetwork(world, guardians, { healedMs, deltaMs: DELTA_MS }),
    healedMs,
    faults,
    honest,
    checkers: createCheckers({
      ...{ honest, quorum, accepted: quorum - faults.size },
      isSigned(digest, guardian, signature) {
        const config = configs[guardian]
        return (
          config !== undefined && config.signing.recover(digest, signature) === config.guardians[guardian]
        )
      },
    }),
    configs,
    offers: createOffers(rng, options.offers ?? 8, guardians, healedMs + 1_500),
    machines: [],
    pool: createPool(defined(configs[0], 'a guardian')),
    crashes: 0,
  }
}

function chooseFaults(rng: Rng, { guardians, faults }: SimOptions): ReadonlyMap<number, Fault> {
  const kinds = faults ?? Array.from({ length: faultsOf(guardians) }, () => randomFault(rng))
  const chosen = new Map<number, Fault>()
  for (const fault of kinds) {
    if (fault === null) continue
    let guardian = between(rng, 0, guardians - 1)
    while (chosen.has(guardian)) guardian = (guardian + 1) % guardians
    chosen.set(guardian, fault)
  }
  return chosen
}

function randomFault(rng: Rng): Fault | null {
  const dice = rng.next()
  return dice < 0.45 ? 'twins' : dice < 0.75 ? 'liar' : dice < 0.85 ? 'silent' : null
}

function privateKey(index: number): Hex {
  return `0x${(index + 1).toString(16).padStart(64, '0')}`
}

/** By guardian. */
function configure({ guardians: count, realSignatures = false }: SimOptions): readonly Config[] {
  const members = Array.from({ length: count }, (_, index): { address: Hex; signing: Signing } => {
    if (!realSignatures) return { address: fakeAddress(index), signing: createFakeSigning(index) }
    const signer = createLocalSigner(privateKey(index))
    return { address: signer.address, signing: createSigning(signer) }
  })
  const guardians = members.map(({ address }) => address)
  return members.map(({ signing }, self) => ({
    ...{ guardians, self, signing, epoch: EPOCH, chainId: 31_337n, registry: fakeAddress(999) },
    ...{ deltaMs: DELTA_MS, heartbeatMs: HEARTBEAT_MS },
  }))
}

function addGuardian(run: Run, guardian: number): void {
  const { options, world, checkers, healedMs, offers } = run
  const fault = run.faults.get(guardian)
  if (fault === 'silent') return
  const config = defined(run.configs[guardian], 'the guardian')
  for (const side of fault === 'twins' ? ([0, 1] as const) : ([null] as const)) {
    const endpoint = { guardian, side }
    const say = (to: number | 'all', bytes: Uint8Array) => transmit(run, machine, to, bytes)
    const liar = fault === 'liar' ? createLiar(world.rng, config, say) : null
    const inner = createMachine({
      ...{ world, endpoint, config, offers, checkers, healedMs },
      // Who lies does not stop because its own signature tells it to.
      rules: { ...RULES, ...(fault !== undefined && { isRemembered: () => true }), ...options.rules },
      disk: fault === undefined ? diskOf(run, guardian) : 'sound',
      transmit: liar === null ? say : (to, bytes) => liar.send(to, decodeMessage(EPOCH, bytes)),
    })
    const machine = liar === null ? inner : listenIn(inner, liar)
    run.machines.push(machine)
    if (liar !== null) babble(world, liar)
  }
}

/** More lost logs than f are more faults than consensus bears. */
function diskOf({ options, honest }: Run, guardian: number): DiskKind {
  const { disk = 'sound', guardians } = options
  return disk === 'loses' && honest.indexOf(guardian) >= faultsOf(guardians) ? 'sound' : disk
}

function listenIn(machine: Machine, liar: Liar): Machine {
  return {
    ...machine,
    receive(from, bytes) {
      const message = tryDecode(bytes)
      if (message !== null) liar.hear(message)
      machine.receive(from, bytes)
    },
  }
}

function babble(world: World, liar: Liar): void {
  world.after(world.rng.next() * 2 * BABBLE_MS, () => {
    liar.babble()
    babble(world, liar)
  })
}

/** `null` for the garbage that liars send. */
function tryDecode(bytes: Uint8Array): Message | null {
  try {
    return decodeMessage(EPOCH, bytes)
  } catch {
    return null
  }
}

function transmit(run: Run, from: Machine, to: number | 'all', bytes: Uint8Array): void {
  const message = tryDecode(bytes)
  if (message !== null) run.checkers.sent(from.guardian, message)
  let isPooled = message === null
  for (const machine of run.machines) {
    if (machine.guardian === from.guardian || (to !== 'all' && machine.guardian !== to)) continue
    run.network.carry(from, machine, () => {
      if (message !== null && !isPooled && run.honest.includes(machine.guardian)) {
        run.pool.add(from.guardian, message)
        isPooled = true
      }
      machine.receive(from.guardian, bytes)
    })
  }
}

/** Honest guardians crash and come back, one by one or, now and then, all at once. */
function scheduleCrashes(run: Run): void {
  const { world, healedMs } = run
  const { rng } = world
  const outage = rng.next() < 0.1 ? rng.next() * healedMs : null
  for (const machine of run.machines) {
    if (!run.honest.includes(machine.guardian)) continue
    const times = outage === null ? (rng.next() < 0.5 ? [rng.next() * healedMs] : []) : [outage]
    if (times.length > 0 && rng.next() < 0.3) times.push(healedMs)
    for (const atMs of times) {
      run.crashes++
      world.after(atMs, machine.crash)
      world.after(atMs + 1 + rng.next() * 1_500, machine.start)
    }
  }
}

/** Good offers that an honest guardian knows: all honest guardians must see them certified. */
function createGoal({ offers, honest, machines }: Run) {
  const wanted = offers.filter(
    ({ good, seen }) => good && seen.some(({ guardian }) => honest.includes(guardian)),
  )
  const waiting = machines.filter(({ guardian }) => honest.includes(guardian))
  return {
    isReached: () => wanted.every(({ id }) => waiting.every((machine) => machine.hasCertified(id))),
    missing: () =>
      wanted.flatMap(({ id }) =>
        waiting
          .filter((machine) => !machine.hasCertified(id))
          .map(({ guardian }) => `offer ${id} at guardian ${guardian}`),
      ),
  }
}
