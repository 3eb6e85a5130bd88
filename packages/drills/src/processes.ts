import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type Address, BaseError, toJson } from '@breakwater/kernel'
import { encryptKeystore } from '@breakwater/keys'
import { type GuardianEvent, parseEvent, systemRng } from '@breakwater/node'
import { devAddress, devKey } from './chain/accounts.ts'
import {
  type Fleet,
  type FleetGuardian,
  type FleetOptions,
  guardianAddresses,
  references,
  TIMING,
} from './fleet.ts'
import { followView } from './processView.ts'
import type { World } from './world.ts'

export type ProcessFleetOptions = Pick<FleetOptions, 'size' | 'providers' | 'onEvent'> & {
  /** The `breakwater` command: program and first arguments. */
  command: readonly [string, ...string[]]
}

/** A guardian's process, and where the others reach it. */
interface Member extends FleetGuardian {
  readonly child: ChildProcess
  readonly network: string
  /** Resolves once it has read the others' addresses again. @throws DRILLS_PROCESS */
  reload(): Promise<void>
}

const PASSWORD = 'a password for development'
/** Keystores that open at once: their keys are no secrets. */
const SCRYPT_COST = 2

/** Each as an operator would run it: a process, a file, keystores, a store of its own, TLS between them. */
export async function startProcessFleet(
  seed: number,
  world: World,
  options: ProcessFleetOptions,
): Promise<Fleet> {
  const { size, command, onEvent = () => {} } = options
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-processes-'))
  const folderOf = (index: number) => join(folder, `${index}`)
  const addresses = guardianAddresses(seed, size)
  const guardians: (Member | null)[] = []
  const launchOne = (index: number) =>
    launch(command, addresses[index] ?? '0x', folderOf(index), (event) => onEvent(event, index))
  /** Ports are chosen when a process starts, so addresses are told afterwards, and again after each restart. */
  const introduce = async () => {
    const running = guardians.flatMap((guardian, index) => (guardian === null ? [] : [{ guardian, index }]))
    await Promise.all(
      running.map(async ({ guardian, index }) => {
        const others = running.filter((other) => other.index !== index)
        const peers = others.map((other) => [other.guardian.address, other.guardian.network])
        await writeConfig(world, options, index, folderOf(index), Object.fromEntries(peers))
        await guardian.reload()
      }),
    )
  }
  const fleet: Fleet = {
    guardians,
    async crash(index) {
      const guardian = guardians[index]
      guardians[index] = null
      if (guardian) await ended(guardian.child, 'SIGKILL')
    },
    async restart(index) {
      guardians[index] = await launchOne(index)
      await introduce()
    },
    async stop() {
      await Promise.all(guardians.map((guardian) => guardian && ended(guardian.child, 'SIGTERM')))
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await world.node.fund(addresses.map((_, index) => devAddress(seed, `carrier ${index}`)))
    for (const index of addresses.keys()) await prepare(world, options, seed, index, folderOf(index))
    const launched = await Promise.allSettled(addresses.map((_, index) => launchOne(index)))
    guardians.push(...launched.map((one) => (one.status === 'fulfilled' ? one.value : null)))
    // Those that have started are known by now, and stopped if another one failed.
    for (const one of launched) if (one.status === 'rejected') throw one.reason
    await introduce()
    return fleet
  } catch (error) {
    await fleet.stop()
    throw error
  }
}

async function prepare(
  world: World,
  options: ProcessFleetOptions,
  seed: number,
  index: number,
  folder: string,
): Promise<void> {
  await mkdir(folder)
  await writeFile(join(folder, 'harbor.breakwater.yaml'), world.harbor.specText)
  for (const role of ['guardian', 'carrier']) {
    const key = devKey(seed, `${role} ${index}`)
    const text = encryptKeystore(key, PASSWORD, systemRng, { n: SCRYPT_COST })
    await writeFile(join(folder, `${role}.json`), text)
  }
  await writeConfig(world, options, index, folder, {})
}

/** `guardian.yaml`; JSON is YAML. */
async function writeConfig(
  world: World,
  { providers = () => [world.anvil.url] }: ProcessFleetOptions,
  index: number,
  folder: string,
  peers: object,
): Promise<void> {
  const { anvil, startBlock } = world
  const identity = (role: string) => ({ keystore: `${role}.json`, password: PASSWORD })
  const { finality, references: reference, ...timing } = TIMING
  const config = {
    specification: 'harbor.breakwater.yaml',
    rpc: providers(index).map((url) => (url === anvil.url ? { url, announcements: anvil.wsUrl } : url)),
    ...{ identity: identity('guardian'), carrier: identity('carrier') },
    network: { listen: '127.0.0.1:0', peers },
    references: references(world),
    http: { host: '127.0.0.1', port: 0 },
    ...{ start: Number(startBlock), finality },
    timing: { ...timing, referencePollMs: reference.pollMs, referenceMaxAgeMs: reference.maxAgeMs },
  }
  await writeFile(join(folder, 'guardian.yaml'), toJson(config))
}

/** What `guard --json` writes beside its events. */
type Line = { type: 'started'; url: string; network: string } | { type: 'peers' } | GuardianEvent

/** Resolves once it has started. @throws DRILLS_PROCESS */
async function launch(
  [program, ...first]: readonly [string, ...string[]],
  address: Address,
  folder: string,
  onEvent: (event: GuardianEvent) => void,
): Promise<Member> {
  const args = [
    ...first,
    'guard',
    '--config',
    join(folder, 'guardian.yaml'),
    '--json',
    '--log-level',
    'error',
  ]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const listeners = new Set<(event: GuardianEvent) => void>([onEvent])
  const waiting = new Map<string, (line: Line) => void>()
  const done = new Promise<void>((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve()
      else reject(failed(errors))
    })
  })
  done.catch(() => {})
  createInterface({ input: child.stdout as Readable }).on('line', (text) => {
    const line = parseEvent(text) as Line
    if (line.type !== 'started' && line.type !== 'peers') {
      for (const listener of listeners) listener(line)
      return
    }
    waiting.get(line.type)?.(line)
    waiting.delete(line.type)
  })
  const next = (type: 'started' | 'peers') =>
    Promise.race([
      new Promise<Line>((resolve) => waiting.set(type, resolve)),
      done.then(() => Promise.reject(failed(errors))),
    ])
  const started = (await next('started')) as { url: string; network: string }
  const subscribe = (listener: (event: GuardianEvent) => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const { url, network } = started
  return {
    ...{ address, url, network, child, done, events: { subscribe }, view: followView(url, subscribe) },
    async reload() {
      const taken = next('peers')
      child.kill('SIGHUP')
      await taken
    },
  }
}

function failed(errors: string): BaseError {
  return new BaseError(
    'DRILLS_PROCESS',
    `a guardian's process has ended: ${errors.trim() || 'it said nothing'}`,
    {
      hint: 'run breakwater guard with a file like it to see why',
    },
  )
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('close', () => resolve())
    child.kill(signal)
  })
}
