import {
  type Config,
  createSigning,
  decodeMessage,
  faultsOf,
  type Message,
  RULES,
  type Rules,
  type Signing,
} from '@breakwater/consensus'
import { between, bytesToHex, defined, type Hex, pick, type Rng } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'
import { type Checkers, createCheckers } from './checkers.ts'
import { believing, createFakeSigning, fakeAddress } from './fakeSigning.ts'
import { createMachine, type Machine } from './guardian.ts'
import { investigate } from './investigation.ts'
import { createLiar, type Liar } from './liar.ts'
import { createOffers, type Offered } from './market.ts'
import { createNetwork, type Network } from './network.ts'
import type { Broken, DiskKind, Fault, Outcome, Partition, SimOptions } from './options.ts'
import { scheduleTrouble } from './trouble.ts'
import { createWorld, type World } from './world.ts'

const EPOCH = 1n
const DELTA_MS = 100
const HEARTBEAT_MS = 2_000
const BABBLE_MS = 150
/** What the seed chooses from. */
const FAULTS: readonly (readonly [below: number, Fault])[] = [
  [0.45, 'twins'],
  [0.75, 'liar'],
  [0.85, 'silent'],
  [0.92, 'amnesiac'],
]
const PARTITIONS: readonly Partition[] = ['shifting', 'shifting', 'halves', 'one']

type Tell = (to: number | 'all', bytes: Uint8Array) => void

/** What the parts of one run share. */
interface Run {
  readonly options: SimOptions
  readonly rules: Rules
  readonly world: World
  readonly network: Network
  readonly healedMs: number
  readonly faults: ReadonlyMap<number, Fault>
  readonly honest: readonly number[]
  readonly checkers: Checkers
  readonly configs: readonly Config[]
  readonly offers: readonly Offered[]
  readonly machines: Machine[]
}

/** One run of a guardian network: the same seed and options, the same run on every machine. */
export async function simulate(seed: number, options: SimOptions): Promise<Outcome> {
  const run = createRun(seed, options)
  for (let guardian = 0; guardian < options.guardians; guardian++) addGuardian(run, guardian)
  for (const machine of run.machines) machine.start()
  const crashes = scheduleTrouble(run)
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
    culprits: culpritsOf(run),
    blocks: run.checkers.blocks(),
    views: Math.max(...run.machines.map(({ view }) => Number(view()))),
    crashes,
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
  const whole = everybody.filter((guardian) => faults.get(guardian) !== 'twins')
  const honest = everybody.filter((guardian) => !faults.has(guardian))
  const configs = configure(options)
  const quorum = RULES.quorum(guardians)
  const partition = options.partition ?? (options.calm ? 'shifting' : pick(rng, PARTITIONS))
  return {
    options,
    rules: { ...RULES, ...options.broken?.rules },
    world,
    network: createNetwork(world, guardians, { healedMs, deltaMs: DELTA_MS, partition, whole }),
    healedMs,
    faults,
    honest,
    checkers: createCheckers({
      ...{ honest, quorum, accepted: quorum - faults.size },
      isSigned: (digest, guardian, signature) =>
        configs[guardian]?.signing.recover(digest, signature) === configs[guardian]?.guardians[guardian],
    }),
    configs,
    offers: createOffers(rng, options.offers ?? 8, guardians, healedMs + 1_500),
    machines: [],
  }
}

function chooseFaults(rng: Rng, { guardians, faults, calm = false }: SimOptions): ReadonlyMap<number, Fault> {
  const kinds = faults ?? Array.from({ length: faultsOf(guardians) }, () => randomFault(rng, calm))
  const chosen = new Map<number, Fault>()
  for (const fault of kinds) {
    if (fault === null) continue
    let guardian = between(rng, 0, guardians - 1)
    while (chosen.has(guardian)) guardian = (guardian + 1) % guardians
    chosen.set(guardian, fault)
  }
  return chosen
}

function randomFault(rng: Rng, calm: boolean): Fault | null {
  const dice = rng.next()
  const [, fault = null] = FAULTS.find(([below]) => dice < below) ?? []
  return calm && fault === 'amnesiac' ? null : fault
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
  const believes = options.broken?.believes ?? false
  for (const side of fault === 'twins' ? ([0, 1] as const) : ([null] as const)) {
    const endpoint = { guardian, side }
    const tell: Tell = (to, bytes) => transmit(run, machine, to, bytes)
    const say: Tell = fault === undefined ? censor(options.broken, tell) : tell
    const liar = fault === 'liar' ? createLiar(world.rng, config, options.calm ?? false, say) : null
    const inner = createMachine({
      ...{ world, endpoint, offers, checkers, healedMs },
      // Who lies does not stop because its own signature tells it to.
      rules: fault === undefined ? run.rules : { ...run.rules, isRemembered: () => true },
      config: believes ? { ...config, signing: believing(config.signing) } : config,
      disk: fault === undefined ? diskOf(run, guardian) : fault === 'amnesiac' ? 'truncates' : 'sound',
      transmit: liar === null ? say : (to, bytes) => liar.send(to, decodeMessage(EPOCH, bytes)),
    })
    const machine = liar === null ? inner : listenIn(inner, liar)
    run.machines.push(machine)
    if (liar !== null) babble(world, liar)
  }
}

/** Leaves out what is broken on purpose. */
function censor({ omits }: Broken = {}, tell: Tell): Tell {
  if (omits === undefined) return tell
  const told = new Set<Hex>()
  return (to, bytes) => {
    const key = bytesToHex(bytes)
    if (!omits(decodeMessage(EPOCH, bytes), told.has(key))) tell(to, bytes)
    if (to === 'all') told.add(key)
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
  for (const machine of run.machines) {
    if (machine.guardian === from.guardian || (to !== 'all' && machine.guardian !== to)) continue
    run.network.carry(from, machine, () => machine.receive(from.guardian, bytes))
  }
}

function culpritsOf({ configs, rules, machines, honest }: Run): readonly number[] {
  const stores = machines.filter(({ guardian }) => honest.includes(guardian)).map(({ votes }) => votes())
  return investigate(defined(configs[0], 'a guardian'), rules.isSlashable, stores)
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
