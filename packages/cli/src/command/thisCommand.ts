import { fileURLToPath } from 'node:url'

/** How this very command is started again, as another process. */
export const THIS_COMMAND: readonly [string, string] = [
  process.execPath,
  fileURLToPath(new URL('../../bin/breakwater.mjs', import.meta.url)),
]

export const PROCESSES_FLAG = [
  '--processes',
  'each guardian in a process of its own, TLS between them',
] as const
