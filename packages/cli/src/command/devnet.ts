import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBook } from '@breakwater/deploy'
import { type Devnet, type DevnetOptions, DRILLS, startDevnet } from '@breakwater/drills'
import { BaseError, messageOf } from '@breakwater/kernel'
import { Command, Option } from 'commander'
import { renderFrame } from '../devnet/frame.ts'
import { type DevnetLine, followDevnet } from '../devnet/state.ts'
import { EXIT, type Terminal, usageError } from '../terminal.ts'
import { PROCESSES_FLAG, thisCommand } from './thisCommand.ts'
import { wholeNumber } from './wholeNumber.ts'

interface Flags {
  guardians: string
  port?: string
  seed: string
  blockMs: string
  processes?: boolean
  launch?: string
  blocks?: string
  dataDir: string
}

/** Anvil's first account: everybody has its key. */
const VISITOR = {
  address: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  key: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
} as const
const DEFAULT_PORT = 8545
const LIFT_DELAY_SECONDS = 300

/** `breakwater devnet`: a chain, Harbor with its market, and guardians, on this machine. What `npm start` runs. */
export function devnetCommand(terminal: Terminal): Command {
  return new Command('devnet')
    .description('Run a protected market on this machine: a real chain, Harbor, traders and guardians')
    .addOption(new Option('--guardians <n>', 'how many').default('4'))
    .addOption(new Option('--port <n>', `port of the chain's RPC (default: ${DEFAULT_PORT}, or a free one)`))
    .addOption(new Option('--seed <n>', 'traders and prices follow from it').default('1'))
    .addOption(new Option('--block-ms <n>', 'time of a block').default('1000'))
    .option(...PROCESSES_FLAG)
    .addOption(new Option('--launch <drill>', 'launch this attack after ten blocks'))
    .addOption(new Option('--blocks <n>', 'stop by itself after so many blocks'))
    .addOption(
      new Option('--data-dir <folder>', 'where specification and address book are written').default(
        '.breakwater',
      ),
    )
    .addHelpText('after', '\nKeys: 1, 2, 3 launch an attack, k crashes or restarts a guardian, q quits.')
    .action((flags: Flags) => run(terminal, flags))
}

async function run(terminal: Terminal, flags: Flags): Promise<void> {
  const startedMs = performance.now()
  const launch = flags.launch === undefined ? null : attackNamed(flags.launch)
  const options = {
    seed: wholeNumber('--seed', flags.seed, 0),
    guardians: wholeNumber('--guardians', flags.guardians, 1),
    blockMs: wholeNumber('--block-ms', flags.blockMs, 100),
    visitor: VISITOR.address,
    ...(flags.processes && { command: thisCommand() }),
    onStep: (step: string) => terminal.note(`starting ${step} …`),
  }
  const devnet = await (flags.port === undefined
    ? startAnywhere(options)
    : startDevnet({ ...options, port: wholeNumber('--port', flags.port, 0) }))
  const specPath = await writeFiles(devnet, flags.dataDir)
  printStart(terminal, devnet, specPath, performance.now() - startedMs)
  const blocks = flags.blocks === undefined ? null : wholeNumber('--blocks', flags.blocks, 1)
  devnet.onBlock(() => {
    if (launch !== null && devnet.world.ticks === 10) devnet.launch(launch)
    if (blocks !== null && devnet.world.ticks >= blocks) void devnet.stop()
  })
  const restore = terminal.isTty ? showScreen(terminal, devnet, specPath) : showLines(terminal, devnet)
  const stop = () => void devnet.stop()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    await devnet.done
  } finally {
    restore()
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
  terminal.note('stopped')
  process.exitCode = EXIT.ok
}

/** At the usual port if nobody has it: asking beforehand would be no use to two that start at once. */
function startAnywhere(options: Omit<DevnetOptions, 'port'>): Promise<Devnet> {
  return startDevnet({ ...options, port: DEFAULT_PORT }).catch((error) => {
    if (error instanceof BaseError && error.code === 'DEVCHAIN_PORT_TAKEN')
      return startDevnet({ ...options, port: 0 })
    throw error
  })
}

/** What people copy out of the terminal. */
function factsOf({ world, fleet }: Devnet, specPath: string): readonly (readonly [string, string])[] {
  const { harbor } = world
  const contracts = (
    ['vault', 'perps', 'usdc', 'btcFeed', 'ethFeed', 'breaker', 'registry', 'owner'] as const
  ).map((name) => [name, harbor[name]] as const)
  return [
    ...contracts,
    ['you', VISITOR.address],
    ['spec', specPath],
    ['your key', VISITOR.key],
    ['guardian', fleet.guardians[0]?.url ?? ''],
  ]
}

function printStart({ print, color }: Terminal, devnet: Devnet, specPath: string, startMs: number): void {
  const { anvil, harbor } = devnet.world
  print(color.bold(`Harbor is protected (${(startMs / 1000).toFixed(1)} s)`))
  print(`  ${'RPC'.padEnd(10)} ${anvil.url}  (chain ${harbor.chainId})`)
  for (const [name, value] of factsOf(devnet, specPath)) print(`  ${name.padEnd(10)} ${value}`)
  print('  you have 10,000 ETH and 100,000 USDC; everybody has your key')
  print(`  the owner can lift a brake after ${LIFT_DELAY_SECONDS / 60} minutes' notice`)
  print('  keys: 1 feed hijack, 2 vault drain, 3 books broken, k crash or restart a guardian, q quit')
}

/** The specification, whose path it answers, and the address book beside it. */
async function writeFiles({ world }: Devnet, dataDir: string): Promise<string> {
  const folder = join(dataDir, `devnet-${world.anvil.port}`)
  const path = join(folder, 'harbor.breakwater.yaml')
  await mkdir(folder, { recursive: true })
  await writeFile(path, world.harbor.specText)
  await writeFile(join(folder, 'addresses.json'), formatBook(world.harbor.book))
  return path
}

/** Redraws at most so often. */
const FRAME_MS = 100

function showScreen(terminal: Terminal, devnet: Devnet, specPath: string): () => void {
  const { stdin, stdout } = process
  let dirty = true
  const following = followDevnet(
    devnet,
    () => {
      dirty = true
    },
    () => {},
  )
  const draw = () => {
    if (!dirty) return
    dirty = false
    const info = {
      ...{
        rpcUrl: devnet.world.anvil.url,
        facts: factsOf(devnet, specPath),
        owner: devnet.world.harbor.owner,
        liftDelaySeconds: LIFT_DELAY_SECONDS,
      },
      ...{ width: stdout.columns ?? 100, height: stdout.rows ?? 40 },
    }
    const lines = renderFrame(following.state(), info, terminal.color)
    stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`)
  }
  const onKey = (key: string) => press(key, devnet, following)
  // The alternate screen: what was printed before is there again afterwards.
  stdout.write('\u001b[?1049h\u001b[?25l')
  if (stdin.isTTY) stdin.setRawMode(true)
  stdin.setEncoding('utf8').on('data', onKey).resume()
  const timer = setInterval(draw, FRAME_MS)
  const leave = () => {
    if (stdin.isTTY) stdin.setRawMode(false)
    stdout.write('\u001b[?25h\u001b[?1049l')
  }
  // After a crash too: else its error is shown on a screen that goes away, and the shell stays in raw mode.
  process.once('uncaughtExceptionMonitor', leave)
  return () => {
    clearInterval(timer)
    process.off('uncaughtExceptionMonitor', leave)
    stdin.off('data', onKey).pause()
    leave()
  }
}

/** Without a terminal: a line for each event, and one for every tenth block. Keys are read as lines, if there are any. */
function showLines(terminal: Terminal, devnet: Devnet): () => void {
  const following = followDevnet(
    devnet,
    () => {},
    ({ block, text }: DevnetLine) => terminal.print(`${block}  ${text}`),
  )
  let attackLine = ''
  devnet.onBlock((market, attack) => {
    if (market.block % 10n === 0n) {
      const prices = market.prices
        .map(({ asset, marketUsd }) => `${asset} ${marketUsd.toFixed(2)}`)
        .join(', ')
      terminal.print(
        `${market.block}  ${prices}, vault $${Math.round(market.tvlUsd)}, ${market.transactions} transactions`,
      )
    }
    if (attack === null) return
    const { phase, drill, lossUsd, lossWithoutUsd } = attack
    const line = `attack ${drill.name}: ${phase}${lossWithoutUsd === null ? '' : `, without guardians $${Math.round(lossWithoutUsd)}`}`
    if (line !== attackLine) terminal.print(`${market.block}  ${line}, lost $${Math.round(lossUsd)}`)
    attackLine = line
  })
  const onKeys = (text: string) => {
    for (const key of text.trim()) press(key, devnet, following)
  }
  process.stdin.setEncoding('utf8').on('data', onKeys)
  return () => {
    process.stdin.off('data', onKeys).pause()
  }
}

type Following = ReturnType<typeof followDevnet>

function press(key: string, devnet: Devnet, following: Following): void {
  const attacks = DRILLS.filter(({ isLaunchable }) => isLaunchable)
  const attack = attacks[Number(key) - 1]
  if (key === 'q' || key === '\u0003') void devnet.stop()
  else if (key === 'k') void toggleGuardian(devnet, following)
  else if (attack !== undefined) {
    const launched = devnet.launch(attack)
    following.tell(
      launched ? `${attack.name} is launched` : 'one attack at a time',
      launched ? 'bad' : 'plain',
    )
  }
}

/** Crashes the last guardian that runs, or starts the one that is down. */
async function toggleGuardian({ fleet }: Devnet, following: Following): Promise<void> {
  const down = fleet.guardians.indexOf(null)
  const index = down >= 0 ? down : fleet.guardians.length - 1
  following.tell(`guardian ${index} ${down >= 0 ? 'starts again' : 'crashes'}`, down >= 0 ? 'good' : 'bad')
  try {
    if (down < 0) return await fleet.crash(index)
    await fleet.restart(index)
    following.listen(index)
  } catch (error) {
    following.tell(`guardian ${index}: ${messageOf(error)}`, 'bad')
  }
}

function attackNamed(name: string) {
  const drill = DRILLS.find((candidate) => candidate.name === name && candidate.isLaunchable)
  if (drill !== undefined) return drill
  const names = DRILLS.filter(({ isLaunchable }) => isLaunchable).map((candidate) => candidate.name)
  throw usageError(`there is no attack "${name}"`, `choose one of ${names.join(', ')}`)
}
