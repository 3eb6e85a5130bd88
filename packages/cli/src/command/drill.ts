import { DRILLS, type Drill, type DrillResult, runDrill } from '@breakwater/drills'
import { Command, Option } from 'commander'
import { EXIT, type Terminal, usageError } from '../terminal.ts'
import { PROCESSES_FLAG, thisCommand } from './thisCommand.ts'
import { wholeNumber } from './wholeNumber.ts'

interface RunFlags {
  json?: boolean
  seed: string
  guardians: string
  blockMs: string
  processes?: boolean
}

/** `breakwater drill list | run`: re-created attacks against Harbor on a real chain, with and without guardians. */
export function drillCommand(terminal: Terminal): Command {
  const command = new Command('drill').description(
    'Play re-created attacks, and days on which nothing may be blocked',
  )
  command
    .command('list')
    .description('List all drills')
    .option('--json', 'one JSON object a line')
    .action(({ json }: { json?: boolean }) => {
      for (const { name, kind, summary, lossLimitUsd, class: incidents } of DRILLS) {
        if (json) terminal.json({ drill: name, kind, class: incidents, summary, lossLimitUsd })
        else terminal.print(`${name.padEnd(20)} ${kind.padEnd(8)} ${summary}`)
      }
    })
  command
    .command('run <name>')
    .description(
      'Play a drill, or all of them: without the attacker, with him, and with him against guardians',
    )
    .option('--json', 'one JSON object a line')
    .addOption(new Option('--seed <n>', 'market, traders and attacker follow from it').default('1'))
    .addOption(new Option('--guardians <n>', 'how many').default('4'))
    .addOption(new Option('--block-ms <n>', 'real time of a block').default('1000'))
    .option(...PROCESSES_FLAG)
    .addHelpText('after', '\nExample: breakwater drill run books-broken')
    .action((name: string, flags: RunFlags) => run(terminal, name, flags))
  return command
}

async function run(terminal: Terminal, name: string, flags: RunFlags): Promise<void> {
  const drills = DRILLS.filter((drill) => name === 'all' || drill.name === name)
  if (drills.length === 0) {
    throw usageError(
      `there is no drill "${name}"`,
      `choose all, or one of ${DRILLS.map((d) => d.name).join(', ')}`,
    )
  }
  const options = {
    seed: wholeNumber('--seed', flags.seed, 0),
    guardians: wholeNumber('--guardians', flags.guardians, 1),
    blockMs: wholeNumber('--block-ms', flags.blockMs, 100),
    ...(flags.processes && { command: thisCommand() }),
  }
  let failed = false
  for (const drill of drills) {
    const onPhase = (phase: string) => terminal.progress(`${drill.name}: ${PHASES[phase] ?? phase} …`)
    const result = await runDrill(drill, { ...options, onPhase })
    failed ||= !result.passed
    if (flags.json) {
      const { passed: _passed, outcomes: _outcomes, ...fields } = result
      terminal.json(fields)
    } else describe(terminal, drill, result)
  }
  if (failed) process.exitCode = EXIT.failed
}

const PHASES: Readonly<Record<string, string>> = {
  baseline: 'the market without the attacker',
  without: 'the attack without Breakwater',
  with: 'the attack against the guardians, in real time',
}

function describe({ print, color }: Terminal, drill: Drill, result: DrillResult): void {
  const usd = (amount: number) =>
    `${amount < 0 ? '-' : ''}$${Math.abs(Math.round(amount)).toLocaleString('en-US')}`
  const mark = result.passed ? color.green('✓') : color.red('✗')
  print(`${mark} ${color.bold(drill.name)}  ${color.dim(drill.class)}`)
  if (drill.kind === 'attack') {
    const share = result.lossWithoutUsd > 0 ? (100 * result.lossWithUsd) / result.lossWithoutUsd : 0
    print(
      `  lost without Breakwater ${color.red(usd(result.lossWithoutUsd))}, with it ${color.green(usd(result.lossWithUsd))}` +
        ` (${share.toFixed(1)} %, limit ${usd(result.lossLimitUsd)})`,
    )
    const { finding, certificate, included } = result.latencyMs
    const foundBlock = result.firstFindingBlock
    if (foundBlock === null) print(`  enforced by the contracts alone${brakedText(result)}`)
    else
      print(
        `  found by ${result.detectors.join(', ') || 'nobody'} in block ${foundBlock}${brakedText(result)} ` +
          `(finding ${finding} ms, certificate ${certificate} ms, included ${included} ms after the block)`,
      )
  }
  print(
    `  ${result.benignTransactions} benign transactions, ${result.falseBlocks} false blocks, ${result.falseAlerts} false alerts`,
  )
}

function brakedText({ actionBlock }: DrillResult): string {
  return actionBlock === null ? '' : `, braked in block ${actionBlock}`
}
