import { connectRpc } from '@breakwater/chain'
import {
  type AddressBook,
  type Deployment,
  formatBook,
  openSendingChain,
  type Progress,
  parseDeployment,
  planDeployment,
  runPlan,
} from '@breakwater/deploy'
import { createLocalSigner, decryptKeystore } from '@breakwater/keys'
import { Command, Option } from 'commander'
import { type Terminal, usageError } from '../terminal.ts'
import { type Input, readPassword } from './password.ts'
import { readText } from './readText.ts'
import { writeOver } from './writeNew.ts'

interface Flags {
  config: string
  rpc: string
  keystore: string
  passwordFile?: string
  out: string
  dryRun?: boolean
  json?: boolean
}

const EXAMPLE = `
What the file says is in docs/deploying. Each step is judged by the chain alone: a run that failed is taken up by
running the same command again, and a finished one sends nothing.

Example: breakwater deploy --config deployment.yaml --keystore deployer.json --rpc https://… --dry-run`

/** `breakwater deploy`: guardians' registry, brake, governance and insurance, wired and verified. */
export function deployCommand(terminal: Terminal, input: Input = process.stdin): Command {
  return new Command('deploy')
    .description("Deploy and wire Breakwater's contracts, and write their address book")
    .exitOverride()
    .showHelpAfterError()
    .addOption(new Option('--config <file>', 'deployment.yaml').makeOptionMandatory())
    .addOption(new Option('--rpc <url>', 'JSON-RPC of the chain').env('ETH_RPC_URL').makeOptionMandatory())
    .addOption(new Option('--keystore <file>', 'who deploys, and pays').makeOptionMandatory())
    .addOption(new Option('--password-file <file>', "file with the keystore's password"))
    .addOption(new Option('--out <file>', 'address book to write').default('addresses.json'))
    .option('--dry-run', 'send nothing: tell what is done and what would be sent')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLE)
    .action((flags: Flags) => run(terminal, input, flags))
}

async function run(terminal: Terminal, input: Input, flags: Flags): Promise<void> {
  const deployment = parseDeployment(await readText(flags.config, input))
  const keystore = await readText(flags.keystore, input)
  const password = await readPassword({ file: flags.passwordFile, isNew: false }, terminal, input)
  const signer = createLocalSigner(decryptKeystore(keystore, password))
  const rpc = connectRpc(flags.rpc)
  try {
    await requireChain(deployment, rpc)
    const chain = await openSendingChain(rpc, signer)
    const { plan, specText } = await planDeployment(deployment, signer.address, chain)
    const options = {
      dryRun: flags.dryRun === true,
      onProgress: (progress: Progress) => tell(terminal, flags, progress),
    }
    const { sent, skipped } = await runPlan(plan, chain, options)
    const book: AddressBook = { chainId: deployment.chainId, contracts: Object.fromEntries(plan.contracts) }
    if (!options.dryRun) {
      await writeOver(flags.out, formatBook(book))
      if (specText !== null) await writeOver(flags.out.replace(/(\.json)?$/, '.breakwater.yaml'), specText)
    }
    if (flags.json) terminal.json({ ...book, sent, skipped, dryRun: options.dryRun })
    else for (const [name, address] of plan.contracts) terminal.print(`${name.padEnd(16)} ${address}`)
    const done = options.dryRun
      ? `${sent.length} steps would be sent`
      : `${sent.length} steps sent, all verified`
    terminal.note(`${terminal.color.green('✓')} ${done}, ${skipped.length} were done before`)
  } finally {
    rpc.close()
  }
}

function tell(terminal: Terminal, { json }: Flags, progress: Progress): void {
  const { index, count, state, step } = progress
  if (json) terminal.json(progress)
  else
    terminal.note(
      `${String(index).padStart(3)}/${count}  ${state === 'skipped' ? 'there   ' : state}  ${step}`,
    )
}

async function requireChain({ chainId }: Deployment, rpc: ReturnType<typeof connectRpc>): Promise<void> {
  const actual = Number(await rpc.request('eth_chainId', []))
  if (actual === chainId) return
  throw usageError(
    `the deployment is for chain ${chainId}, ${rpc.label} is on chain ${actual}`,
    'give the RPC URL of its chain',
  )
}
