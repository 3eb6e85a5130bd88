import { existsSync } from 'node:fs'
import { BaseError } from '@breakwater/kernel'
import { Command, CommanderError } from 'commander'
import { backtestCommand } from './command/backtest.ts'
import { benchCommand } from './command/bench.ts'
import { deployCommand } from './command/deploy.ts'
import { devnetCommand } from './command/devnet.ts'
import { drillCommand } from './command/drill.ts'
import { guardCommand } from './command/guard.ts'
import { initCommand } from './command/init.ts'
import { keysCommand } from './command/keys.ts'
import { simCommand } from './command/sim.ts'
import { specCommand } from './command/spec.ts'
import { createTerminal, EXIT, exitCodeOf, type Terminal } from './terminal.ts'

const COMMANDS = [
  devnetCommand,
  initCommand,
  specCommand,
  backtestCommand,
  deployCommand,
  guardCommand,
  keysCommand,
  drillCommand,
  benchCommand,
  simCommand,
]

/** Ends the process's work with an exit code; open handles are closed by whoever opened them. */
export async function main(argv: readonly string[]): Promise<void> {
  const terminal = createTerminal()
  // What is set already wins over the file.
  if (existsSync('.env.local')) process.loadEnvFile('.env.local')
  try {
    await createProgram(terminal).parseAsync(argv, { from: 'user' })
  } catch (error) {
    process.exitCode = report(terminal, error, argv.includes('--json'))
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('breakwater')
    .description('The open security layer for on-chain derivatives')
    .version('0.1.0')
  for (const create of COMMANDS) program.addCommand(create(terminal))
  throwInstead(program)
  return program
}

/** Commands that were added do not inherit it: a wrong call ends in `report`, not in the middle. */
function throwInstead(command: Command): void {
  command.showHelpAfterError().exitOverride()
  for (const inner of command.commands) throwInstead(inner)
}

function report(terminal: Terminal, error: unknown, isJson: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (isJson && error instanceof BaseError) terminal.note(JSON.stringify({ error }))
  else {
    const { color } = terminal
    const [message = '', ...hint] = (error instanceof Error ? error.message : String(error)).split('\n')
    terminal.note(`${color.red('error')} ${message}`)
    for (const line of hint) terminal.note(color.dim(line))
    if (!(error instanceof BaseError) && error instanceof Error) terminal.note(color.dim(error.stack ?? ''))
  }
  return exitCodeOf(error)
}
