import {
  type Config,
  type ConsensusMessage,
  createEvidence,
  createSigning,
  decodeMessage,
  type Evidence,
  encodeMessage,
  faultsOf,
  RULES,
  type Signing,
  signersOf,
} from '@breakwater/consensus'
import { between, type Hex, type Rng } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'
import { type Checkers, createCheckers } from './checkers.ts'
import { createFakeSigning, fakeAddress } from './fakeSigning.ts'
import { createMachine, type Machine } from './guardian.ts'
import { createLiar } from './liar.ts'
import { createDesk, createOffers, type Desk, type Offered } from './market.ts'
import { createNetwork, type Network } from './network.ts'
import type { Fault, Outcome, SimOptions } from './options.ts'
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
  readonly signings: readonly Signing[]
  readonly offers: readonly Offered[]
  readonly machines: Machine[]
  readonly desks: Map<number, Desk>
  readonly evidence: Evidence[]
  readonly pool: ReturnType<typeof createPool>
  crashes: number
}

/** One run of a guardian network: the same seed and options, the same run on every machine. */
export function simulate(seed: number, options: SimOptions): Outcome {
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
  const isSettled = () => run.world.nowMs() >= madeMs && missing(run).length === 0
  let steps = run.world.run(madeMs + (options.patienceMs ?? 150_000), () => isWrong() || isSettled())
  const settledMs = Math.max(0, run.world.nowMs() - madeMs)
  steps += run.world.run(run.world.nowMs() + (options.idleMs ?? 0), isWrong)
  return {
    seed,
    guardians: options.guardians,
    faulty: [...run.faults].map(([guardian, fault]) => ({ guardian, fault })),
    violations: run.checkers.violations,
    stalls: isWrong() ? [] : missing(run),
    culprits: run.pool.culprits(),
    evidence: run.evidence,
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
  const signings = everybody.map((index) =>
    options.realSignatures ? createSigning(createLocalSigner(privateKey(index))) : createFakeSigning(index),
  )
  return {
    options,
    world,
    network: createNetwork(world, guardians, { healedMs, deltaMs: DELTA_MS }),
    healedMs,
    faults,
    honest,
    checkers: createCheckers({ honest, accepted: RULES.quorum(guardians) - faults.size }),
    signings,
    offers: createOffers(rng, options.offers ?? 8, guardians, healedMs + 1_500),
    machines: [],
    desks: new Map(),
    evidence: [],
    pool: createPool(guardians),
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

function configOf({ options, signings }: Run, self: number): Config {
  const addresses = signings.map((_, index) =>
    options.realSignatures ? createLocalSigner(privateKey(index)).address : fakeAddress(index),
  )
  const signing = signings[self] ?? createFakeSigning(self)
  return {
    guardians: addresses,
    self,
    epoch: EPOCH,
    chainId: 31_337n,
    registry: fakeAddress(999),
    deltaMs: DELTA_MS,
    heartbeatMs: HEARTBEAT_MS,
    signing,
  }
}

function addGuardian(run: Run, guardian: number): void {
  const { options, world, checkers, healedMs, offers } = run
  const fault = run.faults.get(guardian)
  if (fault === 'silent') return
  const config = configOf(run, guardian)
  for (const side of fault === 'twins' ? ([0, 1] as const) : ([null] as const)) {
    const endpoint = { guardian, side }
    const desk = createDesk(world.rng, guardian, offers)
    if (fault === undefined) run.desks.set(guardian, desk)
    const say = (to: number | 'all', message: ConsensusMessage) => transmit(run, machine, to, message)
    const liar = fault === 'liar' ? createLiar(world.rng, config, say) : null
    const inner = createMachine({
      world,
      endpoint,
      config,
      rules: { ...RULES, ...options.rules },
      desk,
      checkers,
      healedMs,
      forgetful: (options.forgetful ?? false) && fault === undefined,
      transmit: liar?.send ?? say,
      onEvidence: (evidence) => void (fault === undefined && run.evidence.push(evidence)),
    })
    const machine: Machine = {
      ...inner,
      receive(from, message) {
        liar?.hear(message)
        inner.receive(from, message)
      },
    }
    run.machines.push(machine)
    if (liar !== null) babble(world, liar.babble)
  }
}

function babble(world: World, say: () => void): void {
  world.after(world.rng.next() * 2 * BABBLE_MS, () => {
    say()
    babble(world, say)
  })
}

function transmit(run: Run, from: Machine, to: number | 'all', message: ConsensusMessage): void {
  const bytes = run.options.encoded ? encodeMessage(EPOCH, message) : null
  for (const machine of run.machines) {
    if (machine.guardian === from.guardian || (to !== 'all' && machine.guardian !== to)) continue
    run.network.carry(from, machine, () => {
      if (run.honest.includes(machine.guardian)) run.pool.add(from.guardian, message)
      const received = bytes === null ? message : decodeMessage(EPOCH, bytes)
      if (received.kind !== 'attest') machine.receive(from.guardian, received)
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

/** Good offers that an honest guardian knows and that an honest guardian has not seen finalized. */
function missing({ offers, honest, desks }: Run): readonly string[] {
  return offers.flatMap(({ id, good, seen }) => {
    if (!good || !seen.some(({ guardian }) => honest.includes(guardian))) return []
    const without = honest.filter((guardian) => !desks.get(guardian)?.isFinal(id))
    return without.length === 0 ? [] : [`offer ${id} at guardians ${without.join(', ')}`]
  })
}

/** All that honest guardians have been told, put together: who stands convicted? */
function createPool(guardians: number) {
  const collector = createEvidence(EPOCH)
  const culprits = new Set<number>()
  const convict = (guardian: number, vote: Parameters<typeof collector.add>[1]): void => {
    if (collector.add(guardian, vote) !== null) culprits.add(guardian)
  }
  return {
    culprits: (): readonly number[] => [...culprits].sort((a, b) => a - b),
    add(from: number, message: ConsensusMessage): void {
      if (message.kind === 'vote') convict(from, message.vote)
      const certificates =
        message.kind === 'certificate'
          ? [message.certificate]
          : message.kind === 'propose'
            ? message.justification
            : []
      for (const { kind, view, digest, bitmap, signatures } of certificates) {
        const signers = signersOf(bitmap, guardians) ?? []
        for (const [i, signature] of signatures.entries()) {
          const signer = signers[i]
          if (signer !== undefined) convict(signer, { kind, view, digest, signature })
        }
      }
    },
  }
}
