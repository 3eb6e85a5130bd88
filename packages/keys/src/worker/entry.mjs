// @ts-check
/** The thread's first file: its TypeScript runs through tsx, whatever started the process. */
import { register } from 'tsx/esm/api'

register()
await import('./serve.ts')
