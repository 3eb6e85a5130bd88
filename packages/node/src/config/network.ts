import { type Address, BaseError } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import type { Logger } from 'pino'
import type { GuardianSet } from '../act/registry.ts'
import { systemClock, systemRng } from '../clock.ts'
import type { GuardianDeps } from '../guardian.ts'
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts'
import { createHub } from '../net/hub.ts'
import { type MeshListener, openMesh } from '../net/mesh.ts'
import { openTransportKey } from '../net/transportKey.ts'
import type { GuardianFile } from './schema.ts'

/** How one guardian reaches the others. */
export interface Network {
  peers: NonNullable<GuardianDeps['peers']>
  /** Where it listens; `null`: it decides alone. */
  endpoint: Endpoint | null
  /** Others have moved. */
  setPeers(peers: PeerBook): void
  close(): Promise<void>
}

type NetworkFile = NonNullable<GuardianFile['network']>
type PeerBook = NetworkFile['peers']

export interface NetworkOptions {
  file: GuardianFile
  chainId: bigint
  registry: Address
  set: GuardianSet
  signer: Signer
  log: Logger
}

/** @throws NODE_CONFIG, NODE_TRANSPORT_KEY, NODE_LISTEN */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { file, set, signer } = options
  if (set.guardians.length > 1 && set.guardians.includes(signer.address)) return openReal(options)
  // Alone, or no guardian at all, of which the guardian itself will say more.
  return {
    peers: { set, net: createHub(1).net(0), status: () => [] },
    endpoint: null,
    setPeers: () => warnOfStrangers(options, file.network?.peers ?? {}),
    close: async () => {},
  }
}

async function openReal(options: NetworkOptions): Promise<Network> {
  const { file, chainId, registry, set, signer, log } = options
  if (file.network === undefined) throw missing(set)
  const mesh = await openMesh(
    { listen: file.network.listen, realm: { chainId, registry } },
    {
      ...{ signer, clock: systemClock, rng: systemRng, listener: listen(log) },
      key: await openTransportKey(file.data),
    },
  )
  const setPeers = (peers: PeerBook) => {
    warnOfStrangers(options, peers)
    mesh.setPeers(new Map(Object.entries(peers) as [Address, Endpoint][]))
  }
  setPeers(file.network.peers)
  mesh.setGuardians(set.guardians)
  return {
    peers: { set, net: mesh.net(set.guardians), status: mesh.status },
    endpoint: mesh.endpoint,
    setPeers,
    close: mesh.close,
  }
}

/** Somebody may be written down before joining, or after leaving. */
function warnOfStrangers({ set, log }: NetworkOptions, peers: PeerBook): void {
  for (const guardian of Object.keys(peers)) {
    if (!set.guardians.includes(guardian as Address))
      log.warn({ guardian }, 'a peer is no guardian of this epoch')
  }
}

function listen(log: Logger): MeshListener {
  return {
    connected: (guardian) => log.info({ guardian }, 'a guardian is connected'),
    disconnected: (guardian, error) => log.warn({ guardian, error }, 'a guardian is not connected any more'),
    unreachable: (guardian, error) => log.info({ guardian, error }, 'a guardian cannot be reached'),
    refused: (address, error) => log.debug({ address, error }, 'a connection was refused'),
  }
}

function missing({ guardians }: GuardianSet): BaseError {
  const example = formatEndpoint({ host: '0.0.0.0', port: 7411 })
  return new BaseError(
    'NODE_CONFIG',
    `the registry has ${guardians.length} guardians, and network is missing: this one must reach the others`,
    {
      hint: `add network: { listen: "${example}", peers: { 0x…: host:port } }, or set mode: observe`,
      docsPath: 'operating',
    },
  )
}
