import { connectRpc, type Proof } from '@breakwater/chain'
import { BaseError, messageOf, SEVERITIES } from '@breakwater/kernel'
import { systemClock } from '@breakwater/node'
import { loadSpec, type Spec } from '@breakwater/spec'
import { Command, Option } from 'commander'
import { createProgress, type Progress } from '../backtest/progress.ts'
import { parseBlockName } from '../backtest/range.ts'
import { type Replayed, type ReplayListener, replay } from '../backtest/replay.ts'
import { findingJson, findingText, summaryJson, summaryText } from '../backtest/report.ts'
import { EXIT, type Terminal } from '../terminal.ts'
import { counted } from './counted.ts'
import { nameOf, readText } from './readText.ts'

interface Flags {
  spec: string
  rpc: string
  from?: string
  to: string
  proof: Proof
  json?: boolean
}

/** `breakwater backtest`: the folds that guardians run live, over a chain's history. */
export function backtestCommand(terminal: Terminal, input: NodeJS.ReadableStream = process.stdin): Command {
  return new Command('backtest')
    .description("Judge a chain's history by a specification, block by block, as guardians would have")
    .exitOverride()
    .showHelpAfterError()
    .requiredOption('--spec <file>', 'specification; - reads stdin')
    .addOption(
      new Option('--rpc <url>', 'JSON-RPC of an archive node (http, https, ws, wss)')
        .env('ETH_RPC_URL')
        .makeOptionMandatory(),
    )
    .option(
      '--from <block>',
      'first block: a number, -100 (before the newest); default: the longest window before --to',
    )
    .option('--to <block>', 'last block: a number, -100, latest or finalized', 'latest')
    .addOption(
      new Option('--proof <kind>', 'trusted: for chains whose headers cannot be recomputed')
        .choices(['recomputed', 'trusted'])
        .default('recomputed'),
    )
    .option('--json', 'one JSON object a line: findings as they begin, then the summary')
    .addHelpText('after', EXAMPLE)
    .action(async (flags: Flags) => {
      const spec = loadSpec(await readText(flags.spec, input), { file: nameOf(flags.spec) })
      await run(terminal, spec, flags)
    })
}

const EXAMPLE = `
Exit code: 0 without findings of severity high or critical, 1 with, 75 when interrupted.

Example: breakwater backtest --spec harbor.breakwater.yaml --rpc http://127.0.0.1:8545 --from -1000`

async function run(terminal: Terminal, spec: Spec, flags: Flags): Promise<void> {
  const options = {
    spec,
    from: flags.from === undefined ? undefined : parseBlockName('--from', flags.from),
    to: parseBlockName('--to', flags.to),
    proof: flags.proof,
  }
  const rpc = connectRpc(flags.rpc)
  const stopping = new AbortController()
  const interrupt = () => stopping.abort(INTERRUPTED)
  process.once('SIGINT', interrupt)
  try {
    const listener = createListener(terminal, flags.json === true)
    const replayed = await replay(options, { rpc, clock: systemClock }, listener, stopping.signal)
    if (flags.json) terminal.json(summaryJson(spec, replayed))
    else for (const line of summaryText(spec, replayed, terminal.color)) terminal.print(line)
    if (replayed.stopped !== null) throw replayed.stopped.error
    if (hasSevereFinding(replayed)) process.exitCode = EXIT.failed
  } finally {
    process.off('SIGINT', interrupt)
    rpc.close()
  }
}

const INTERRUPTED = new BaseError('CLI_INTERRUPTED', 'interrupted: the summary is of the blocks until then', {
  retry: 'later',
})

function createListener(terminal: Terminal, isJson: boolean): ReplayListener {
  let progress: Progress | null = null
  return {
    onRange(range, warmFrom) {
      progress = createProgress(range, warmFrom, terminal, systemClock)
      const count = Number(range.from - warmFrom)
      if (count > 0)
        terminal.note(`first ${counted(count, 'block')} from ${warmFrom} on, to fill the windows`)
    },
    onBlock: (number) => progress?.at(number),
    onFinding(finding) {
      if (isJson) terminal.json(findingJson(finding))
      else terminal.print(findingText(finding, terminal.color))
    },
    onTrouble(error, pauseMs) {
      terminal.note(`${messageOf(error)}; again in ${pauseMs / 1_000} s`)
    },
  }
}

function hasSevereFinding({ outcome }: Replayed): boolean {
  const high = SEVERITIES.indexOf('high')
  return outcome.findings.some(({ severity }) => SEVERITIES.indexOf(severity) >= high)
}
