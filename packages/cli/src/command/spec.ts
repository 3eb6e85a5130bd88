import { createReadPlan } from '@breakwater/chain'
import { createTimeline, formatDuration } from '@breakwater/detect'
import { respondNeeds } from '@breakwater/respond'
import { checkSpec, formatProblem, loadSpec, type Spec } from '@breakwater/spec'
import { Command } from 'commander'
import { EXIT, type Terminal } from '../terminal.ts'
import { counted } from './counted.ts'
import { nameOf, readText } from './readText.ts'

interface Flags {
  json?: boolean
}

/** `breakwater spec check | hash`: a security specification, as everything that uses it reads it. */
export function specCommand(terminal: Terminal, input: NodeJS.ReadableStream = process.stdin): Command {
  const command = new Command('spec')
    .description('Check a security specification, or compute its hash')
    .exitOverride()
    .showHelpAfterError()
  command
    .command('check <file>')
    .description('All mistakes with line, column and hint, or what the specification asks for; - reads stdin')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExample: breakwater spec check harbor.breakwater.yaml')
    .action(async (file: string, flags: Flags) => check(terminal, file, await readText(file, input), flags))
  command
    .command('hash <file>')
    .description("The specification's hash, as the breaker registers it; - reads stdin")
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExample: breakwater spec hash harbor.breakwater.yaml')
    .action(async (file: string, flags: Flags) => {
      const { hash } = loadSpec(await readText(file, input), { file: nameOf(file) })
      if (flags.json) terminal.json({ file: nameOf(file), hash })
      else terminal.print(hash)
    })
  return command
}

function check(terminal: Terminal, file: string, text: string, { json }: Flags): void {
  const name = nameOf(file)
  const problems = checkSpec(text)
  for (const problem of problems) {
    if (json) terminal.json({ file: name, ...problem })
    else terminal.print(formatProblem(problem, name))
  }
  if (problems.length > 0) {
    terminal.note(`${name}: ${counted(problems.length, 'problem')}`)
    process.exitCode = EXIT.usage
    return
  }
  const summary = summarize(loadSpec(text, { file: name }))
  if (json) terminal.json({ file: name, ...summary })
  else describe(terminal, name, summary)
}

/** What a right specification says, and what it costs to read for every block. */
interface Summary extends Pick<Spec, 'name' | 'chainId' | 'hash'> {
  network: string
  values: number
  invariants: number
  detectors: number
  responses: number
  /** View functions and balances read in every block. */
  reads: number
  /** `eth_call` requests that these take. */
  calls: number
  /** Contracts whose logs are read. */
  watched: number
  /** Assets that need reference prices. */
  assets: readonly string[]
  /** The longest window, in seconds; 0 without one. */
  windowSeconds: number
}

function summarize(spec: Spec): Summary {
  const { needs } = createTimeline(spec, [respondNeeds(spec)])
  const plan = createReadPlan(needs)
  return {
    name: spec.name,
    network: spec.network.slug,
    chainId: spec.chainId,
    hash: spec.hash,
    values: spec.values.length,
    invariants: spec.invariants.length,
    detectors: spec.detectors.length,
    responses: spec.responses.length,
    reads: needs.calls.length,
    calls: plan.batches.length,
    watched: plan.watched.size,
    assets: needs.assets,
    windowSeconds: needs.windowSeconds,
  }
}

function describe({ print, color }: Terminal, file: string, summary: Summary): void {
  const line = (label: string, text: string) => print(`  ${color.dim(label.padEnd(12))}${text}`)
  print(`${color.green('✓')} ${file} is right`)
  line('protocol', `${summary.name} on ${summary.network} (chain ${summary.chainId})`)
  line('hash', summary.hash)
  line(
    'says',
    [
      counted(summary.values, 'value'),
      counted(summary.invariants, 'invariant'),
      counted(summary.detectors, 'detector'),
      counted(summary.responses, 'response'),
    ].join(', '),
  )
  const reads = `${counted(summary.reads, 'value')} in ${counted(summary.calls, 'call')}`
  line('each block', `${reads}, the logs of ${counted(summary.watched, 'contract')}`)
  if (summary.assets.length > 0) line('beside it', `reference prices of ${summary.assets.join(', ')}`)
  line('window', summary.windowSeconds === 0 ? 'none' : `${formatDuration(summary.windowSeconds)} at most`)
}
