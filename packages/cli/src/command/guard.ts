import { resolve } from 'node:path'
import { messageOf, toJson } from '@breakwater/kernel'
import {
  type ConfiguredGuardian,
  formatEndpoint,
  type GuardianFile,
  guardianSchema,
  loadGuardianFile,
  type Network,
  startConfigured,
} from '@breakwater/node'
import { Command, Option } from 'commander'
import { destination, pino } from 'pino'
import { describeEvent } from '../eventLine.ts'
import { EXIT, type Terminal, usageError } from '../terminal.ts'

interface Flags {
  config?: string
  spec?: string
  rpc?: string[]
  dataDir: string
  port: string
  logLevel: string
  json?: boolean
}

/** `breakwater guard`: one guardian of a protocol, until it is stopped. */
export function guardCommand(terminal: Terminal): Command {
  return new Command('guard')
    .description('Watch a protocol by its specification, decide with the other guardians, and act')
    .addOption(new Option('--config <file>', 'guardian.yaml'))
    .addOption(new Option('--spec <file>', 'instead of a configuration: observe by this specification'))
    .addOption(new Option('--rpc <url...>', 'with --spec: RPC providers (default: ETH_RPC_URL)'))
    .addOption(
      new Option('--data-dir <folder>', 'with --spec: where logs and store are kept').default(
        '.breakwater/guard',
      ),
    )
    .addOption(new Option('--port <n>', 'with --spec: port of the HTTP interface').default('8080'))
    .addOption(new Option('--log-level <level>', 'what goes to stderr as JSON').default('error'))
    .addOption(new Option('--json', 'events on stdout, one JSON object a line'))
    .addHelpText(
      'after',
      '\nExamples:\n  breakwater guard --config guardian.yaml\n  breakwater guard --spec vault.breakwater.yaml --rpc http://127.0.0.1:8545',
    )
    .action((flags: Flags) => run(terminal, flags))
}

async function run(terminal: Terminal, flags: Flags): Promise<void> {
  const file =
    flags.config === undefined ? observing(flags) : await loadGuardianFile(flags.config, process.env)
  const log = pino({ level: flags.logLevel }, destination(2))
  terminal.note('starting …')
  const configured = await startConfigured(file, log)
  const { guardian, network } = configured
  if (flags.json) terminal.json(startedLine(configured))
  else introduce(terminal, configured)
  const unsubscribe = guardian.events.subscribe((event) => {
    if (flags.json) return terminal.json(event)
    const line = describeEvent(event)
    if (line === null) return
    const { color } = terminal
    const paint =
      line.tone === 'bad' ? color.red : line.tone === 'good' ? color.green : (text: string) => text
    terminal.print(`${new Date().toISOString()}  ${paint(line.text)}`)
  })
  const { config } = flags
  const reload = () => {
    if (config !== undefined && network !== null) void rereadPeers(terminal, config, network, flags.json)
  }
  if (network?.endpoint) process.on('SIGHUP', reload)
  const stop = () => void guardian.stop()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    await guardian.done
  } finally {
    unsubscribe()
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', reload)
    await configured.stop()
  }
  terminal.note('stopped')
  process.exitCode = EXIT.ok
}

/** Guardians that have moved are found without a restart. All else in the file waits for one. */
async function rereadPeers(
  terminal: Terminal,
  config: string,
  network: Network,
  json = false,
): Promise<void> {
  try {
    const file = await loadGuardianFile(config, process.env)
    const peers = file.network?.peers ?? {}
    network.setPeers(peers)
    if (json) terminal.json({ type: 'peers', peers: Object.keys(peers) })
    else terminal.note(`took the peers from ${config}`)
  } catch (error) {
    terminal.note(`the peers stay as they are: ${messageOf(error)}`)
  }
}

/** The first line for programs: where this guardian is reached. */
function startedLine({ mode, guardian, network }: ConfiguredGuardian): object {
  const endpoint = network?.endpoint ?? null
  return {
    ...{ type: 'started', mode, guardian: guardian.address, url: guardian.url },
    network: endpoint === null ? null : formatEndpoint(endpoint),
  }
}

function introduce({ print, color }: Terminal, { spec, mode, guardian, network }: ConfiguredGuardian): void {
  print(`${color.bold(spec.name)} on chain ${spec.chainId}: ${mode === 'act' ? 'acting' : 'observing only'}`)
  print(`  specification  ${spec.hash}`)
  print(`  guardian       ${guardian.address}`)
  if (network !== null && network.endpoint !== null)
    print(
      `  network        ${formatEndpoint(network.endpoint)}, ${network.peers.set.guardians.length} guardians`,
    )
  if (guardian.url !== null)
    print(`  HTTP           ${guardian.url}  (/readyz /status /incidents /findings /events /metrics)`)
}

/** A guardian on its own, with nothing but a specification and a provider. */
function observing({ spec, rpc, dataDir, port }: Flags): GuardianFile {
  if (spec === undefined) {
    throw usageError('neither --config nor --spec is given', 'breakwater guard --config guardian.yaml')
  }
  const usual = process.env.ETH_RPC_URL
  const urls = rpc ?? (usual ? [usual] : [])
  if (urls.length === 0) throw usageError('no RPC provider is given', 'add --rpc URL, or set ETH_RPC_URL')
  const parsed = guardianSchema.safeParse({
    specification: resolve(spec),
    rpc: urls,
    mode: 'observe',
    data: resolve(dataDir),
    http: { port: Number(port) },
  })
  if (parsed.success) return parsed.data
  throw usageError(`--port is "${port}"`, toJson(parsed.error.issues[0]?.message ?? 'give a number'))
}
