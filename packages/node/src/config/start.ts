import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectRpc, type Rpc } from '@breakwater/chain'
import { BaseError, bytesToHex, type Hex, messageOf } from '@breakwater/kernel'
import { createLocalSigner, decryptKeystore, type Signer } from '@breakwater/keys'
import { loadSpec, type Spec } from '@breakwater/spec'
import type { Logger } from 'pino'
import { readRegistry } from '../act/registry.ts'
import { systemClock } from '../clock.ts'
import { type Guardian, type GuardianDeps, type GuardianOptions, startGuardian } from '../guardian.ts'
import { createWebhook } from '../notify/webhook.ts'
import { createJsonSource } from '../observe/source.ts'
import { openStore } from '../store/store.ts'
import { readSecret } from './load.ts'
import { type Network, openNetwork } from './network.ts'
import type { GuardianFile } from './schema.ts'

const SCHEMA = 'guardian'

/** A guardian as its file describes it, with everything that was opened for it. */
export interface ConfiguredGuardian {
  spec: Spec
  mode: 'act' | 'observe'
  guardian: Guardian
  /** `null`: it observes. */
  network: Network | null
  stop(): Promise<void>
}

/** @throws NODE_CONFIG and the errors of each part, naming what to mend. */
export async function startConfigured(file: GuardianFile, log: Logger): Promise<ConfiguredGuardian> {
  const spec = loadSpec(await readSpec(file.specification), { file: file.specification })
  const rpcs = file.rpc.map((provider) =>
    typeof provider === 'string'
      ? connectRpc(provider)
      : connectRpc(provider.url, provider.announcements ? { announcementsUrl: provider.announcements } : {}),
  )
  const mode = file.mode ?? (spec.guardians === undefined ? 'observe' : 'act')
  await mkdir(file.data, { recursive: true })
  const signer = await readIdentity(file, mode)
  const carrier = file.carrier === undefined ? null : await openKeystore(file.carrier)
  const store = await openStore(file.store ?? join(file.data, 'store'))
  let network: Network | null = null
  const close = async () => {
    await network?.close()
    await store.close()
    for (const rpc of rpcs) rpc.close()
  }
  try {
    network = mode === 'act' ? await readPeers(file, spec, rpcs, signer, log) : null
    const deps: GuardianDeps = {
      ...{ spec, rpcs, signer, carrier, log, clock: systemClock },
      peers: network?.peers ?? null,
      db: await store.open(SCHEMA),
      claim: (onLost) => store.claim([`schema ${SCHEMA}`, `guardian ${signer.address}`], systemClock, onLost),
      sources: file.references.map(createJsonSource),
      channels: await Promise.all(
        file.channels.map(async ({ name, url, secret }) =>
          createWebhook({ name, url, secret: await readSecret(secret) }, systemClock),
        ),
      ),
    }
    const guardian = await startGuardian(optionsOf(file), deps)
    return {
      ...{ spec, mode, guardian, network },
      async stop() {
        await guardian.stop()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function optionsOf(file: GuardianFile): GuardianOptions {
  const { pollMs, staleMs, graceMs, deltaMs, heartbeatMs, staggerMs } = file.timing
  const { referencePollMs, referenceMaxAgeMs } = file.timing
  return {
    ...{ pollMs, staleMs, graceMs, deltaMs, heartbeatMs, staggerMs },
    references: { pollMs: referencePollMs, maxAgeMs: referenceMaxAgeMs },
    startAt: typeof file.start === 'number' ? BigInt(file.start) : file.start,
    finality: file.finality,
    dataDir: file.data,
    http: file.http === false ? null : file.http,
  }
}

async function readSpec(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw new BaseError('NODE_CONFIG', `cannot read the specification ${path}: ${messageOf(cause)}`, {
      hint: 'breakwater init writes one from a live chain',
    })
  })
}

/** Who observes without a name of its own still signs its audit log: with a key that has no other use. */
async function readIdentity(file: GuardianFile, mode: 'act' | 'observe'): Promise<Signer> {
  if (file.identity !== undefined) return openKeystore(file.identity)
  if (mode === 'act') {
    throw new BaseError('NODE_CONFIG', 'identity is missing: who acts must say who it is', {
      hint: 'breakwater keys new --out guardian.json, and name it under identity; or set mode: observe',
    })
  }
  const path = join(file.data, 'audit.key')
  const known = await readFile(path, 'utf8').catch(() => null)
  if (known !== null) return createLocalSigner(known.trim() as Hex)
  const key = bytesToHex(randomBytes(32))
  await writeFile(path, `${key}\n`, { mode: 0o600, flag: 'wx' })
  return createLocalSigner(key)
}

async function openKeystore({ keystore, password }: NonNullable<GuardianFile['identity']>): Promise<Signer> {
  const text = await readFile(keystore, 'utf8').catch((cause) => {
    throw new BaseError('NODE_CONFIG', `cannot read the keystore ${keystore}: ${messageOf(cause)}`, {
      hint: 'breakwater keys new --out FILE makes one',
    })
  })
  return createLocalSigner(decryptKeystore(text, await readSecret(password)))
}

/** With the guardians of the registry that the specification names. */
async function readPeers(
  file: GuardianFile,
  spec: Spec,
  rpcs: readonly Rpc[],
  signer: Signer,
  log: Logger,
): Promise<Network> {
  const [rpc] = rpcs
  if (spec.guardians === undefined || rpc === undefined) {
    throw new BaseError('NODE_CONFIG', 'mode is act, but the specification names no guardians', {
      hint: 'add guardians: { registry, breaker } to the specification, or set mode: observe',
    })
  }
  const { registry } = spec.guardians
  const set = await readRegistry(rpc, registry)
  return openNetwork({ file, chainId: spec.chainId, registry, set, signer, log })
}
