/** How this very command was started, to start it again as another process. */
export function thisCommand(): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? '']
}

export const PROCESSES_FLAG = [
  '--processes',
  'each guardian in a process of its own, TLS between them',
] as const
