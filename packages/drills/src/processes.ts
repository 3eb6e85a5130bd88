import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ASSETS } from '@breakwater/deploy'
import { BaseError, toJson } from '@breakwater/kernel'
import { encryptKeystore } from '@breakwater/keys'
import { systemRng } from '@breakwater/node'
import { devAddress, devKey } from './chain/accounts.ts'
import { guardianAddresses, TIMING } from './fleet.ts'
import type { World } from './world.ts'

/** What `guard --json` writes: the event's type, and numbers of more than 53 bits as text. */
export type ProcessEvent = Readonly<Record<string, unknown>> & { readonly type: string }

/** A guardian in a process of its own. */
export interface ProcessGuardian {
  /** Its HTTP interface. */
  readonly url: string
  /** Where the others reach it. */
  readonly network: string
  readonly child: ChildProcess
  /** What it wrote to stderr. */
  errors(): string
  subscribe(handler: (event: ProcessEvent) => void): () => void
}

/** The guardians of a world, each as an operator would run it: a process, a file, keystores, its own store, TLS. */
export interface ProcessFleet {
  readonly guardians: readonly (ProcessGuardian | null)[]
  /** SIGKILL: nothing is ended in order. */
  kill(index: number): Promise<void>
  /** Starts a killed one again, from what is on its disk. */
  restart(index: number): Promise<void>
  stop(): Promise<void>
}

export interface ProcessFleetOptions {
  seed: number
  size: number
  /** The `breakwater` command: program and first arguments. */
  command: readonly [string, ...string[]]
}

const PASSWORD = 'a password for development'
/** Keystores that open at once: their keys are no secrets. */
const SCRYPT_COST = 2

/** Starts a guardian for each member of the world's registry, and tells each where the others are. */
export async function startProcessFleet(world: World, options: ProcessFleetOptions): Promise<ProcessFleet> {
  const { seed, size } = options
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-processes-'))
  const carriers = Array.from({ length: size }, (_, index) => devAddress(seed, `carrier ${index}`))
  await world.node.fund(carriers)
  const guardians: (ProcessGuardian | null)[] = []
  const fleet: ProcessFleet = {
    guardians,
    async kill(index) {
      const guardian = guardians[index]
      guardians[index] = null
      if (guardian) await ended(guardian.child, 'SIGKILL')
    },
    async restart(index) {
      guardians[index] = await launch(options, join(folder, `${index}`))
      await introduce()
    },
    async stop() {
      await Promise.all(guardians.map((guardian) => guardian && ended(guardian.child, 'SIGTERM')))
      await rm(folder, { recursive: true, force: true })
    },
  }
  /** Ports are chosen when a process starts, so addresses are told afterwards, and again after each restart. */
  const introduce = async () => {
    const addresses = guardianAddresses(seed, size)
    const peers = guardians.map((guardian, index) => [addresses[index], guardian?.network] as const)
    for (const [index, guardian] of guardians.entries()) {
      if (guardian === null) continue
      const others = peers.filter(([, network], other) => network !== undefined && other !== index)
      await writeConfig(world, join(folder, `${index}`), Object.fromEntries(others))
      const taken = told(guardian, ({ type }) => type === 'peers')
      guardian.child.kill('SIGHUP')
      await taken
    }
  }
  try {
    for (let index = 0; index < size; index++) await prepare(world, seed, index, join(folder, `${index}`))
    const all = Array.from({ length: size }, (_, index) => launch(options, join(folder, `${index}`)))
    guardians.push(...(await Promise.all(all)))
    await introduce()
    return fleet
  } catch (error) {
    await fleet.stop()
    throw error
  }
}

async function prepare(world: World, seed: number, index: number, folder: string): Promise<void> {
  await mkdir(folder)
  await writeFile(join(folder, 'harbor.breakwater.yaml'), world.harbor.specText)
  for (const role of ['guardian', 'carrier']) {
    const key = devKey(seed, `${role} ${index}`)
    const text = encryptKeystore(key, PASSWORD, systemRng, { n: SCRYPT_COST })
    await writeFile(join(folder, `${role}.json`), text)
  }
  await writeConfig(world, folder, {})
}

/** `guardian.yaml`; JSON is YAML. */
async function writeConfig(
  { anvil, venues, startBlock }: World,
  folder: string,
  peers: object,
): Promise<void> {
  const identity = (role: string) => ({ keystore: `${role}.json`, password: PASSWORD })
  const { finality, references: _, ...timing } = TIMING
  const config = {
    specification: 'harbor.breakwater.yaml',
    rpc: [{ url: anvil.url, announcements: anvil.wsUrl }],
    ...{ identity: identity('guardian'), carrier: identity('carrier') },
    network: { listen: '127.0.0.1:0', peers },
    references: venues.urls.flatMap((url, venue) =>
      ASSETS.map((asset) => ({ name: `venue ${venue}`, asset, url: `${url}/${asset}`, path: 'price' })),
    ),
    http: { host: '127.0.0.1', port: 0 },
    ...{ start: Number(startBlock), finality, timing },
  }
  await writeFile(join(folder, 'guardian.yaml'), toJson(config))
}

/** Resolves once it has started. */
async function launch({ command }: ProcessFleetOptions, folder: string): Promise<ProcessGuardian> {
  const [program, ...first] = command
  const args = [...first, 'guard', '--config', join(folder, 'guardian.yaml'), '--json', '--log-level', 'warn']
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const handlers = new Set<(event: ProcessEvent) => void>()
  const subscribe = (handler: (event: ProcessEvent) => void) => {
    handlers.add(handler)
    return () => handlers.delete(handler)
  }
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const event = JSON.parse(line) as ProcessEvent
    for (const handle of [...handlers]) handle(event)
  })
  const started = told({ child, subscribe, errors: () => errors }, ({ type }) => type === 'started')
  const { url, network } = (await started) as unknown as { url: string; network: string }
  return { url, network, child, subscribe, errors: () => errors }
}

/** What a guardian tells of something like this, from now on. @throws DRILLS_PROCESS when it ends before */
export function told(
  { child, subscribe, errors }: Pick<ProcessGuardian, 'child' | 'subscribe' | 'errors'>,
  isIt: (event: ProcessEvent) => boolean,
): Promise<ProcessEvent> {
  return new Promise((resolve, reject) => {
    const onClose = () => {
      unsubscribe()
      reject(
        new BaseError(
          'DRILLS_PROCESS',
          `a guardian's process ended: ${errors().trim() || 'it said nothing'}`,
          {
            hint: 'run breakwater guard with the same file to see why',
          },
        ),
      )
    }
    const unsubscribe = subscribe((event) => {
      if (!isIt(event)) return
      unsubscribe()
      child.off('close', onClose)
      resolve(event)
    })
    child.once('close', onClose)
  })
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('close', () => resolve())
    child.kill(signal)
  })
}
